"""The verdicts on each arm so far: over all tasks and on each task, if there are tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sweep.ablation import looks
from sweep.ablation.task_verdicts import task_verdicts
from sweep.ablation.verdicts import ArmVerdict, asked, metric_of, verdicts
from sweep.history.history import History
from sweep.history.task_view import by_task


@dataclass(frozen=True)
class VerdictSoFar:
    """The verdict on one arm.

    Attributes:
        arm: its name.
        task: None if it covers all tasks, or if there are no tasks.
        metric: the metric of the verdict.
        found: the verdict with its interval.
    """

    arm: str
    task: str | None
    metric: str
    found: ArmVerdict

    @property
    def words(self) -> str:
        """The verdict as printed, with what an average hides."""
        words = self.found.judgement.words
        return f"{words} on average: {self.found.hides}" if self.found.hides else words


def verdicts_so_far(history: History) -> Iterator[VerdictSoFar]:
    """The verdicts over all tasks first, then on each task; with looks only over all tasks."""
    if not asked(history):
        return
    tasks = by_task(history)
    for each in task_verdicts(history).values():
        yield VerdictSoFar(each.arm, None, metric_of(history), each)
    if looks.is_sequential(history) and len(tasks) > 1:
        return
    for task, on_task in (tasks or {"": history}).items():
        for each in verdicts(on_task).values():
            yield VerdictSoFar(each.arm, task or None, metric_of(on_task), each)
