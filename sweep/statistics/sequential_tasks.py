"""A sequential design over several tasks: one arm at one look.

The design is that of `sequential`, with the same looks and the same error at each. The interval is
the stratified t interval of `task_change`, for these tasks only, at the level that the look may
spend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sweep.statistics.samples import Vector
from sweep.statistics.sequential import Look, SequentialDesign, error_spent
from sweep.statistics.task_verdict import judge_over_tasks
from sweep.statistics.verdicts import Goal, Margin

Values = Sequence[float | None]


def look_over_tasks(
    sides: Mapping[str, tuple[Values, Values]],
    design: SequentialDesign,
    index: int,
    goal: Goal,
    margin: Margin | None = None,
    *,
    relative: bool,
) -> Look:
    """Judge an arm over all tasks from the complete pairs among its planned seeds.

    Args:
        sides: task → metric of the arm's and of its reference's planned seeds, in order, None where
            the trial failed.
        design: fixed before the first result.
        index: of the look.
        goal: "maximize" or "minimize" the metric.
        margin: smallest change that matters; None: "no difference" cannot be said.
        relative: whether each task has its own scale.
    """
    pairs: dict[str, tuple[Vector, Vector]] = {}
    lacking: set[int] = set()
    for task, (values, reference) in sides.items():
        table = np.array([_floats(values), _floats(reference)])
        complete = np.isfinite(table).all(axis=0)
        lacking |= set(np.flatnonzero(~complete).tolist())
        pairs[task] = (table[0, complete], table[1, complete])
    confidence = 1 - error_spent(design)[index]
    judgement = judge_over_tasks(
        pairs, "these", goal, margin, relative=relative, confidence=confidence
    )
    return Look(index, design.looks[index], judgement, tuple(sorted(lacking)))


def _floats(values: Values) -> list[float]:
    return [float("nan") if value is None else value for value in values]
