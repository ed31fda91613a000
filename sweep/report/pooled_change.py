"""The change of an arm over all tasks, with what a reader must know beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.report.evidence import Evidence
from sweep.report.task_evidence import OverTasks
from sweep.statistics.samples import paired_differences
from sweep.statistics.task_change import (
    TaskChange,
    change_over_tasks,
    relative_contrasts,
    task_signs,
)

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pooled:
    """The change of one arm over all tasks.

    Attributes:
        change: None where it cannot be told.
        why: the reason then.
        remarks: what a reader must know beside it.
    """

    change: TaskChange | None
    why: str = ""
    remarks: tuple[str, ...] = ()


def pooled(evidence: Evidence, over: OverTasks, arm: str) -> Pooled:
    """The change of an arm over all tasks, at its share of the error of the table's arms."""
    report = evidence.history.spec.report
    level = level_of(evidence, over)
    if over.folds and report.tasks == "these":
        return Pooled(
            None,
            "No change over these tasks: folds of one data set are not independent",
        )
    lacking = [task for task in over.on if not len(over.pairs(task, arm)[0])]
    if lacking:
        where = ", ".join(lacking)
        problem = f"no pair of complete runs with {over.metric} on {where}"
        return Pooled(None, f"{arm}: no change over tasks: {problem}")
    raw: dict[str, Array] = {}
    changes: list[Array] = []
    unchanged: list[str] = []
    task = "all"
    try:
        for task in over.on:
            here, there = over.pairs(task, arm)
            raw[task] = paired_differences(here, there)
            relative = report.scale == "each"
            changes.append(relative_contrasts(here, there) if relative else raw[task])
            if same_on_task(over, task, arm):
                unchanged.append(task)
        task = "all"
        change = change_over_tasks(changes, report.tasks, level)
    except UsageError as error:
        return Pooled(None, f"{arm}: no change over tasks: {task}: {error}")
    remarks = [_signs(over, raw, evidence.confidence)]
    if unchanged:
        where = ", ".join(unchanged)
        remarks.append(
            f"It is its reference's configuration on {where}, where its change is 0"
        )
    return Pooled(change, remarks=tuple(text for text in remarks if text))


def _signs(over: OverTasks, raw: dict[str, Array], confidence: float) -> str:
    """That an average hides opposite changes."""
    signs = task_signs(raw, over.goal, confidence)
    if not signs.differ:
        return ""
    text = f"Better on {', '.join(signs.better)} and worse on {', '.join(signs.worse)}"
    if signs.clearly_differ:
        return f"{text}, beyond the seeds' noise on both sides: the average stands for no task"
    return f"{text}: the average hides that"


def level_of(evidence: Evidence, over: OverTasks) -> float:
    """Confidence of each arm's interval, so that those of all arms hold together."""
    compared = [
        name for name, reference in over.references.items() if reference is not None
    ]
    return 1 - (1 - evidence.confidence) / max(len(compared), 1)


def same_on_task(over: OverTasks, task: str, arm: str) -> bool:
    """Whether an arm is its reference's configuration on one task."""
    reference = over.references[arm]
    there = over.on[task]
    known = arm in there.every_arm and reference in there.every_arm
    return known and reference is not None and there.same_configuration(arm, reference)
