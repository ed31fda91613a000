"""The results of an arm's runs so far, from the history."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.model.trial import State, Trial, configuration_key


def folds(number: int | None) -> list[int | None]:
    """Fold indices to train; `[None]` without cross-validation."""
    return [None] if number is None else list(range(number))


def pairs(history: History) -> Iterator[tuple[int, int | None]]:
    """Every seed and fold that an arm is trained with; seeds in the outer loop."""
    ablation = history.spec.ablation
    if ablation is not None:
        for seed in ablation.seeds:
            for fold in folds(ablation.folds):
                yield seed, fold


def runs(history: History, arm: Arm) -> list[Trial | None]:
    """The trial of each seed and fold; None if there is none yet."""
    key = configuration_key(arm.config)
    return [history.find(key, seed, fold) for seed, fold in pairs(history)]


def ended(history: History, arm: Arm) -> bool:
    """Whether every run of an arm exists and has ended."""
    return all(run is not None and run.state.finished for run in runs(history, arm))


def complete(history: History, arm: Arm) -> bool:
    """Whether every run of an arm is complete."""
    return all(
        run is not None and run.state is State.COMPLETE for run in runs(history, arm)
    )


def mean(history: History, arm: Arm, metric: str | None = None) -> float | None:
    """The mean of a metric over an arm's complete runs at their selected epochs; None if empty.

    Args:
        history: the study.
        arm: one of its arms.
        metric: default: the study's metric, which is measured on validation data and selects the
            epoch.
    """
    study_metric = history.spec.metric
    values = []
    for run in runs(history, arm):
        if run is not None and run.state is State.COMPLETE:
            report = history.spec.selected(run)
            value = (
                None
                if report is None
                else report.metrics.get(metric or study_metric.name)
            )
            values += [] if value is None else [value]
    return statistics.fmean(values) if values else None
