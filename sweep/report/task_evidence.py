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
# the attribute of an evidence that holds the evidence on its tasks
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
        values, reference_values = self.values[task][arm], self.values[task][reference]
        both = np.isfinite(values) & np.isfinite(reference_values)
        return values[both], reference_values[both]

    def means(self) -> Array:
        """(tasks, arms): the mean over the runs, NaN where an arm has none."""
        table = np.full((len(self.on), len(self.arms)), np.nan)
        for row, task in enumerate(self.on):
            for column, arm in enumerate(self.arms):
                values = self.values[task][arm]
                if np.isfinite(values).any():
                    table[row, column] = np.nanmean(values)
        return table

    def is_reference(self, arm: str) -> bool:
        """Whether arm and reference have the same configuration on every task with both."""
        reference = self.references[arm]
        if reference is None:
            return True
        for evidence in self.on.values():
            both = {arm, reference} <= evidence.every_arm.keys()
            if both and not evidence.same_configuration(arm, reference):
                return False
        return True

    def paired_trials(self, arm: str, task: str | None = None) -> tuple[int, ...]:
        """The trials of an arm and of its reference, on one task or on all."""
        numbers: set[int] = set()
        for each_task in self.on if task is None else [task]:
            for name in (arm, self.references[arm]):
                if name is not None:
                    numbers.update(self.trials[each_task].get(name, ()))
        return tuple(sorted(numbers))


def on_tasks(evidence: Evidence) -> dict[str, Evidence]:
    """Task → the evidence on it, like that of a study without tasks; empty without tasks."""
    if not tasks(evidence.history.spec.parameters):
        return {}
    cached: dict[str, Evidence] | None = vars(evidence).get(_CACHE)
    if cached is not None:
        return cached
    metrics = list(evidence.results.columns[_columns_before_metrics(evidence) :])
    of_task = {}
    for task, history in by_task(evidence.history).items():
        results = results_frame(history, metrics)
        of_task[task] = replace(evidence, history=history, results=results)
    vars(evidence)[_CACHE] = of_task
    return of_task


def over_tasks(evidence: Evidence, metric: str | None = None) -> OverTasks | None:
    """Every arm on every task, on the first of the evidence's metrics; None without tasks."""
    on = on_tasks(evidence)
    if not any(of_task.arms for of_task in on.values()):
        return None
    shown = evidence.metrics[0] if metric is None else metric
    arms: dict[str, str | None] = {}
    for of_task in on.values():
        for name, arm in of_task.arms.items():
            arms.setdefault(name, arm.reference if arm.reference != name else None)
    values: dict[str, dict[str, Array]] = {}
    trials: dict[str, dict[str, tuple[int, ...]]] = {}
    for task, of_task in on.items():
        values[task] = {arm: _values(of_task, arm, shown) for arm in arms}
        trials[task] = {arm: _trials(of_task, arm, shown) for arm in arms}
    goal = goal_of(evidence.history, shown)
    folds = evidence.folds is not None
    return OverTasks(shown, goal, on, tuple(arms), arms, folds, values, trials)


def _columns_before_metrics(evidence: Evidence) -> int:
    """The number of columns of a results frame that are not metrics."""
    return results_frame(evidence.history, []).shape[1]


def _values(evidence: Evidence, arm: str, metric: str) -> Array:
    """One value for each planned seed (or fold) of an arm."""
    ablation = evidence.history.spec.ablation
    if ablation is None:
        return np.empty(0)
    rows = evidence.runs(arm)
    unit, planned = "seed", list(ablation.seeds)
    if ablation.folds is not None:
        unit, planned = "fold", list(range(ablation.folds))
    means = rows.dropna(subset=[metric]).groupby(unit)[metric].mean()
    return means.reindex(planned).to_numpy(dtype=np.float64)


def _trials(evidence: Evidence, arm: str, metric: str) -> tuple[int, ...]:
    rows = evidence.runs(arm).dropna(subset=[metric])
    return tuple(sorted(int(number) for number in rows["trial"]))
