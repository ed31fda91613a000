"""A study's evidence on each of its tasks, and what its arms gave on all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sweep.history.task_view import by_task
from sweep.report.evidence import Evidence, goal_of
from sweep.report.frames import results_frame
from sweep.spec.tasks import tasks
from sweep.statistics.verdicts import Goal

Array = npt.NDArray[np.float64]
_TABLE = "on each task"  # where an evidence keeps those on its tasks


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
        trials: task → arm → those behind its values.
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
        """Values of an arm and of its reference on one task, of the rows that both have."""
        reference = self.references[arm]
        if reference is None:
            return np.empty(0), np.empty(0)
        here, there = self.values[task][arm], self.values[task][reference]
        both = np.isfinite(here) & np.isfinite(there)
        return here[both], there[both]

    def means(self) -> Array:
        """(tasks, arms): the mean over the runs, NaN where an arm has none."""
        table = np.full((len(self.on), len(self.arms)), np.nan)
        for row, task in enumerate(self.on):
            for column, arm in enumerate(self.arms):
                found = self.values[task][arm]
                if np.isfinite(found).any():
                    table[row, column] = np.nanmean(found)
        return table

    def is_reference(self, arm: str) -> bool:
        """Whether an arm is its reference's configuration on every task that has both."""
        reference = self.references[arm]
        return all(
            there.same_configuration(arm, reference)
            for there in self.on.values()
            if reference is not None and {arm, reference} <= there.every_arm.keys()
        )

    def behind(self, arm: str, task: str | None = None) -> tuple[int, ...]:
        """The trials of an arm and of its reference, on one task or on all."""
        chosen = list(self.on) if task is None else [task]
        names = [arm, self.references[arm]]
        found: set[int] = set()
        for one in chosen:
            for name in names:
                found |= (
                    set(self.trials[one].get(name, ())) if name is not None else set()
                )
        return tuple(sorted(found))


def on_tasks(evidence: Evidence) -> dict[str, Evidence]:
    """Task → the evidence on it, as that of an ordinary study; empty without tasks."""
    if not tasks(evidence.history.spec.parameters):
        return {}
    kept: Any = vars(evidence).get(_TABLE)
    if kept is None:
        kept = {}
        for task, history in by_task(evidence.history).items():
            columns = list(evidence.results.columns[_fixed(evidence) :])
            kept[task] = replace(
                evidence, history=history, results=results_frame(history, columns)
            )
        vars(evidence)[_TABLE] = kept
    found: dict[str, Evidence] = kept
    return found


def over_tasks(evidence: Evidence, metric: str | None = None) -> OverTasks | None:
    """Every arm on every task, on the first of the evidence's metrics; None without tasks."""
    on = on_tasks(evidence)
    if not on or not any(each.arms for each in on.values()):
        return None
    shown = evidence.metrics[0] if metric is None else metric
    arms: dict[str, str | None] = {}
    for each in on.values():
        for name, arm in each.arms.items():
            arms.setdefault(name, arm.reference if arm.reference != name else None)
    values: dict[str, dict[str, Array]] = {}
    trials: dict[str, dict[str, tuple[int, ...]]] = {}
    for task, each in on.items():
        values[task] = {arm: _values(each, arm, shown) for arm in arms}
        trials[task] = {arm: _trials(each, arm, shown) for arm in arms}
    goal = goal_of(evidence.history, shown)
    folds = evidence.folds is not None
    return OverTasks(shown, goal, on, tuple(arms), arms, folds, values, trials)


def _fixed(evidence: Evidence) -> int:
    """How many columns of a results frame are no metrics."""
    return results_frame(evidence.history, []).shape[1]


def _values(evidence: Evidence, arm: str, metric: str) -> Array:
    """A value for each planned seed, or fold, of an arm."""
    ablation = evidence.history.spec.ablation
    if ablation is None:
        return np.empty(0)
    rows = evidence.runs(arm)
    by = "seed" if ablation.folds is None else "fold"
    planned = (
        list(ablation.seeds) if ablation.folds is None else list(range(ablation.folds))
    )
    means = rows.dropna(subset=[metric]).groupby(by)[metric].mean()
    return means.reindex(planned).to_numpy(dtype=np.float64)


def _trials(evidence: Evidence, arm: str, metric: str) -> tuple[int, ...]:
    rows = evidence.runs(arm).dropna(subset=[metric])
    return tuple(sorted(int(number) for number in rows["trial"]))
