"""One verdict over several tasks, from the interval of `task_change`."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.statistics.samples import Vector, paired_differences
from sweep.statistics.task_change import (
    FEWEST_PAIRS,
    Target,
    TaskChange,
    change_over_tasks,
    relative_contrasts,
)
from sweep.statistics.verdicts import (
    NEAR_ZERO,
    Goal,
    Judgement,
    Margin,
    Verdict,
    verdict_of_interval,
)

# task → values of an arm and of its reference
Pairs = Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]]


def changes_of(pairs: Pairs, *, relative: bool) -> list[Vector]:
    """Each task's changes (n_t,) on one scale: differences, or relative to the reference's mean.

    Args:
        pairs: task → values of the arm and of its reference (n_t,), complete pairs.
        relative: whether each task has its own scale.

    Raises:
        UsageError: the values of a task are not sufficient; the message names the task.
    """
    change = relative_contrasts if relative else paired_differences
    changes = []
    for task, (values, reference) in pairs.items():
        try:
            changes.append(change(values, reference))
        except UsageError as error:
            raise UsageError(f"{task}: {error}") from error
    return changes


def judge_over_tasks(
    pairs: Pairs,
    target: Target,
    goal: Goal,
    margin: Margin | None = None,
    *,
    relative: bool,
    confidence: float,
) -> Judgement:
    """Verdict on the mean change over tasks.

    For relative changes, a margin in percent is that share. For absolute changes, it is a share of
    the reference's mean over the tasks, whose error is included (Fieller 1954), as in
    `verdicts.judge`.

    Args:
        pairs: task → values of the arm and of its reference (n_t,), complete pairs.
        target: see `task_change.change_over_tasks`.
        goal: "maximize" or "minimize" the metric.
        margin: smallest change that matters; None: "no difference" cannot be said.
        relative: whether each task has its own scale, so that relative changes are averaged.
        confidence: of the interval.

    Returns:
        `n` is the smallest number of pairs of a task. Undecided, with the reason, if the pairs
        admit no interval.
    """
    counts = [len(np.atleast_1d(values)) for values, _ in pairs.values()]
    fewest = min(counts, default=0)
    try:
        _check_pairs(pairs, target)
        change = change_over_tasks(
            changes_of(pairs, relative=relative), target, confidence
        )
    except UsageError as error:
        return Judgement(
            Verdict.UNDECIDED, math.nan, math.nan, math.nan, fewest, None, str(error)
        )
    interval = change.interval
    if math.isnan(interval.low):
        reason = "all changes are equal, so their spread is unknown"
        return Judgement(
            Verdict.UNDECIDED, interval.mean, math.nan, math.nan, fewest, None, reason
        )
    inside, reason = _inside(pairs, change, margin, relative=relative)
    verdict, direction = verdict_of_interval(interval.low, interval.high, goal)
    if inside:
        direction = None if verdict is Verdict.UNDECIDED else verdict
        verdict = Verdict.NO_DIFFERENCE
    elif verdict is not Verdict.UNDECIDED:
        direction, reason = verdict, ""
    return Judgement(
        verdict, interval.mean, interval.low, interval.high, fewest, direction, reason
    )


def _check_pairs(pairs: Pairs, target: Target) -> None:
    needed = FEWEST_PAIRS if target == "these" else 1
    for task, (values, _) in pairs.items():
        count = len(np.atleast_1d(values))
        if count < needed:
            text = f"{count} complete pair{'s' if count != 1 else ''} on {task}"
            raise UsageError(f"{text}; a verdict needs at least {needed}")


def _inside(
    pairs: Pairs, change: TaskChange, margin: Margin | None, *, relative: bool
) -> tuple[bool, str]:
    """Whether the change is shown to be smaller than the margin, and why it cannot be."""
    if margin is None:
        return False, ""
    interval = change.interval
    if relative and not margin.relative:
        return False, "each task has its own scale, so the margin must be in percent"
    if relative or not margin.relative:
        return -margin.size < interval.low and interval.high < margin.size, ""
    reference = _reference(pairs)
    of_reference = change_over_tasks(
        reference, change.target, interval.confidence
    ).interval
    if math.isnan(of_reference.low):
        limit = margin.size * abs(of_reference.mean)
        return -limit < interval.low and interval.high < limit, ""
    if of_reference.low <= 0 <= of_reference.high:
        return False, NEAR_ZERO
    share = margin.size * math.copysign(1.0, of_reference.mean)
    above, below = [], []
    for values, base in zip(changes_of(pairs, relative=False), reference, strict=True):
        above.append(values + share * base)
        below.append(values - share * base)
    low = change_over_tasks(above, change.target, interval.confidence).interval.low
    high = change_over_tasks(below, change.target, interval.confidence).interval.high
    return low > 0 and high < 0, ""


def _reference(pairs: Pairs) -> list[Vector]:
    return [np.asarray(values, dtype=np.float64) for _, values in pairs.values()]
