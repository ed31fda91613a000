"""The change of an arm over all tasks, with the remarks that a reader needs."""

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
        change: None where it cannot be computed.
        why: the reason, where `change` is None.
        remarks: what a reader must know about the change.
    """

    change: TaskChange | None
    why: str = ""
    remarks: tuple[str, ...] = ()


def pooled(evidence: Evidence, over: OverTasks, arm: str) -> Pooled:
    """The change of an arm over all tasks, with the error level shared among the arms."""
    report = evidence.history.spec.report
    level = level_of(evidence, over)
    if over.folds and report.tasks == "these":
        return Pooled(
            None,
            "No change over these tasks: folds of one data set are not independent",
        )
    without_pairs = [task for task in over.on if not len(over.pairs(task, arm)[0])]
    if without_pairs:
        where = ", ".join(without_pairs)
        problem = f"no pair of complete runs with {over.metric} on {where}"
        return Pooled(None, f"{arm}: no change over tasks: {problem}")
    raw: dict[str, Array] = {}
    changes: list[Array] = []
    unchanged: list[str] = []
    task = "all"
    try:
        for task in over.on:
            values, reference_values = over.pairs(task, arm)
            change_on_task = paired_differences(values, reference_values)
            raw[task] = change_on_task
            if report.scale == "each":
                change_on_task = relative_contrasts(values, reference_values)
            changes.append(change_on_task)
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
            f"Its configuration on {where} is its reference's, so that its change there is 0"
        )
    return Pooled(change, remarks=tuple(text for text in remarks if text))


def _signs(over: OverTasks, raw: dict[str, Array], confidence: float) -> str:
    """A remark where the average hides changes in opposite directions."""
    signs = task_signs(raw, over.goal, confidence)
    if not signs.differ:
        return ""
    text = f"Better on {', '.join(signs.better)} and worse on {', '.join(signs.worse)}"
    if signs.clearly_differ:
        return f"{text}, beyond the seeds' noise on both sides: the average represents no task"
    return f"{text}: the average hides that"


def level_of(evidence: Evidence, over: OverTasks) -> float:
    """Confidence of each arm's interval, so that those of all arms hold together."""
    compared = [
        name for name, reference in over.references.items() if reference is not None
    ]
    return 1 - (1 - evidence.confidence) / max(len(compared), 1)


def same_on_task(over: OverTasks, task: str, arm: str) -> bool:
    """Whether an arm and its reference have the same configuration on one task."""
    reference = over.references[arm]
    evidence = over.on[task]
    if reference is None or not {arm, reference} <= evidence.every_arm.keys():
        return False
    return evidence.same_configuration(arm, reference)
