"""The best trial of a study, as Python reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.errors import UsageError
from sweep.history.history import History
from sweep.live.ended import best as best_so_far
from sweep.model.trial import trial_folder
from sweep.search import population, trial_value


@dataclass(frozen=True)
class Best:
    """The best complete trial of a study.

    Attributes:
        trial: its number.
        label: its name: the arm's name, or `search 17`.
        seed: its seed.
        fold: of the trial; None without cross-validation.
        value: the value of the study's metric.
        epoch: the epoch at which `value` and `metrics` are read, counted from 1.
        config: its configuration; of a population's member the values by epoch that its weights
            were trained with.
        metrics: name → value; None: not finite.
        folder: the folder with its checkpoints and its output.
    """

    trial: int
    label: str
    seed: int
    fold: int | None
    value: float
    epoch: int
    config: dict[str, Any]
    metrics: dict[str, float | None]
    folder: Path


def best_of(history: History, study_folder: Path) -> Best | None:
    """The complete trial with the best value of the study's metric; None: none is complete.

    Raises:
        UsageError: its selected epoch does not carry the metric.
    """
    found = best_so_far(history)
    if found is None:
        return None
    spec = history.spec
    report = spec.selected(found)
    if report is None:
        raise UsageError(
            f"trial {found.number} of {study_folder} has no {spec.metric.name}"
        )
    return Best(
        trial=found.number,
        label=found.label,
        seed=found.seed,
        fold=found.fold,
        value=trial_value.value(spec, found),
        epoch=found.epochs_done(report.epoch),
        config=dict(population.as_trained(spec, found)),
        metrics=dict(report.metrics),
        folder=study_folder / "trials" / trial_folder(found),
    )
