"""A study's evidence on each of its tasks, and the results of its arms on all tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sweep.history.task_view import by_task
from sweep.report.evidence import Evidence, goal_of
from sweep.report.frames import results_frame
from sweep.spec.tasks import tasks
from sweep.statistics.verdicts import Goal

Array = npt.NDArray[np.float64]
# The attribute of an `Evidence` that caches the evidence on each of its tasks.
_CACHE = "on each task"


@dataclass(frozen=True)
class OverTasks:
    """One metric of every arm on every task.

    Attributes:
        metric, goal: the metric, and which way is better.
        on: task → the evidence on it.
        arms: names, in the order of the tables.
        references: arm → the arm it is compared with, None for the baseline.
        folds: whether a row of `values` is a fold, its seeds averaged; else it is a seed.
        values: task → arm → (rows,), NaN where there is no complete run.
        trials: task → arm → the trials of its values.
    """

    metric: str
    goal: Goal
    on: Mapping[str, Evidence]
    arms: tuple[str, ...]
    references: Mapping[str, str | None]
    folds: bool
    values: Mapping[str, Mapping[str, Array]]
    trials: Mapping[str, Mapping[str, tuple[int, ...]]]

    def pairs(self, task: str, arm: str) -> tuple[Array, Array]:
        """Values of an arm and of its reference on one task, in the rows that both have."""
        reference = self.references[arm]
        if reference is None:
            return np.empty(0), np.empty(0)
        values = self.values[task][arm]
        reference_values = self.values[task][reference]
        both = np.isfinite(values) & np.isfinite(reference_values)
        return values[both], reference_values[both]

    def means(self) -> Array:
        """(tasks, arms): the mean over the runs, NaN where an arm has none."""
        shape = (len(self.on), len(self.arms))
        means = np.full(shape, np.nan)
        for row, task in enumerate(self.on):
            for column, arm in enumerate(self.arms):
                values = self.values[task][arm]
                has_run = np.isfinite(values).any()
                if has_run:
                    means[row, column] = np.nanmean(values)
        return means

    def is_reference(self, arm: str) -> bool:
        """Whether arm and reference have the same configuration on every task with both."""
        reference = self.references[arm]
        if reference is None:
            return True
        for evidence in self.on.values():
            has_both = {arm, reference} <= evidence.every_arm.keys()
            if has_both and not evidence.same_configuration(arm, reference):
                return False
        return True

    def paired_trials(self, arm: str, task: str | None = None) -> tuple[int, ...]:
        """The trials of an arm and of its reference, on one task or on all."""
        chosen_tasks = list(self.on) if task is None else [task]
        compared_arms = [arm]
        reference = self.references[arm]
        if reference is not None:
            compared_arms.append(reference)

        numbers: set[int] = set()
        for chosen_task in chosen_tasks:
            trials = self.trials[chosen_task]
            for name in compared_arms:
                numbers.update(trials.get(name, ()))
        return tuple(sorted(numbers))


def on_tasks(evidence: Evidence) -> dict[str, Evidence]:
    """Task → the evidence on it, like that of a study without tasks; empty without tasks."""
    parameters = evidence.history.spec.parameters
    if not tasks(parameters):
        return {}
    cached: dict[str, Evidence] | None = vars(evidence).get(_CACHE)
    if cached is not None:
        return cached
    metrics = _metrics_of_results(evidence)
    of_task = {}
    for task, history in by_task(evidence.history).items():
        results = results_frame(history, metrics)
        of_task[task] = replace(evidence, history=history, results=results)
    vars(evidence)[_CACHE] = of_task
    return of_task


def over_tasks(evidence: Evidence, metric: str | None = None) -> OverTasks | None:
    """Every arm on every task.

    Args:
        evidence: the study's.
        metric: default: the first of the evidence's metrics.

    Returns:
        None without tasks, or if no task has an arm.
    """
    on = on_tasks(evidence)
    references = _references(on)
    if not references:
        return None
    if metric is None:
        metric = evidence.metrics[0]
    values: dict[str, dict[str, Array]] = {}
    trials: dict[str, dict[str, tuple[int, ...]]] = {}
    for task, of_task in on.items():
        values[task] = {arm: _values(of_task, arm, metric) for arm in references}
        trials[task] = {arm: _trials(of_task, arm, metric) for arm in references}
    return OverTasks(
        metric=metric,
        goal=goal_of(evidence.history, metric),
        on=on,
        arms=tuple(references),
        references=references,
        folds=evidence.folds is not None,
        values=values,
        trials=trials,
    )


def _references(on: Mapping[str, Evidence]) -> dict[str, str | None]:
    """Arm → its reference (None for the baseline), of the arms of every task."""
    references: dict[str, str | None] = {}
    for of_task in on.values():
        for name, arm in of_task.arms.items():
            reference = None if arm.reference == name else arm.reference
            references.setdefault(name, reference)
    return references


def _metrics_of_results(evidence: Evidence) -> list[str]:
    """The metrics of the results frame, whose first columns are no metrics."""
    without_metrics = results_frame(evidence.history, [])
    first_metric = without_metrics.shape[1]
    return list(evidence.results.columns[first_metric:])


def _values(evidence: Evidence, arm: str, metric: str) -> Array:
    """One value for each planned seed (or fold) of an arm."""
    ablation = evidence.history.spec.ablation
    if ablation is None:
        return np.empty(0)
    if ablation.folds is None:
        unit = "seed"
        planned = list(ablation.seeds)
    else:
        unit = "fold"
        planned = list(range(ablation.folds))
    complete = evidence.runs(arm).dropna(subset=[metric])
    means = complete.groupby(unit)[metric].mean()
    return means.reindex(planned).to_numpy(dtype=np.float64)


def _trials(evidence: Evidence, arm: str, metric: str) -> tuple[int, ...]:
    """The trials of an arm's values, in ascending order."""
    complete = evidence.runs(arm).dropna(subset=[metric])
    numbers = complete["trial"].astype(int)
    return tuple(sorted(numbers.tolist()))
