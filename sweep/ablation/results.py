"""What the ablation's runs of an arm have come to so far, read off the history."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.model.trial import State, Trial, configuration_key


def folds(number: int | None) -> list[int | None]:
    """Fold indices to train, `[None]` without cross-validation."""
    return [None] if number is None else list(range(number))


def pairs(history: History) -> Iterator[tuple[int, int | None]]:
    """Every seed and fold that an arm is trained with; seeds in the outer loop."""
    ablation = history.spec.ablation
    if ablation is not None:
        for seed in ablation.seeds:
            for fold in folds(ablation.folds):
                yield seed, fold


def runs(history: History, arm: Arm) -> list[Trial | None]:
    """The trial of each seed and fold, None where there is none yet."""
    key = configuration_key(arm.config)
    return [history.find(key, seed, fold) for seed, fold in pairs(history)]


def ended(history: History, arm: Arm) -> bool:
    """Whether every run of an arm was made and has ended."""
    return all(run is not None and run.state.finished for run in runs(history, arm))


def complete(history: History, arm: Arm) -> bool:
    """Whether every run of an arm is a result."""
    return all(
        run is not None and run.state is State.COMPLETE for run in runs(history, arm)
    )


def mean(history: History, arm: Arm, metric: str | None = None) -> float | None:
    """Mean of a metric over an arm's complete runs, each read at its selected epoch; None without
    any value.

    Args:
        history: the study.
        arm: one of its arms.
        metric: default the study's own, which is measured on validation data and selects the epoch.
    """
    own = history.spec.metric
    values = []
    for run in runs(history, arm):
        if run is not None and run.state is State.COMPLETE:
            report = history.spec.selected(run)
            value = None if report is None else report.metrics.get(metric or own.name)
            values += [] if value is None else [value]
    return statistics.fmean(values) if values else None
