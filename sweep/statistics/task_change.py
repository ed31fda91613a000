"""One change over several tasks: for these tasks only, or for tasks like these.

"These tasks": the average of their true changes; the uncertainty is that of the seeds alone. "Tasks
like these": the mean over a population that the tasks were drawn from; the uncertainty is that of
the spread between tasks. A claim about a method needs the second, which needs many tasks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError, one_of
from sweep.statistics.samples import (
    Vector,
    check_at_least,
    finite_vector,
    paired_differences,
    spread,
)
from sweep.statistics.t_interval import (
    TInterval,
    mean_t_interval,
    satterthwaite,
    t_interval,
)
from sweep.statistics.verdicts import Goal, check_goal

Target = Literal["these", "like_these"]
TARGETS: tuple[Target, ...] = ("these", "like_these")

FEWEST_PAIRS = 3  # of a task; with fewer, the stratified t interval is too short
FEWEST_TASKS = 5  # for "tasks like these"
# An effect as large as the tasks' spread is detected in 40 % of studies of 5 tasks, 80 % of 10.
FEW_TASKS = 10


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A change over tasks.

    Attributes:
        interval: mean over tasks with equal weights, with a t interval and test.
        target: the population that the interval is for.
        tasks: their number.
        means: change on each task (T,).
        warning: a caveat for readers, or "".
    """

    interval: TInterval
    target: Target
    tasks: int
    means: tuple[float, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True)
class TaskSigns:
    """On which tasks an arm is better, and on which worse.

    Attributes:
        better, worse, equal: names of tasks, by the mean change.
        differ: whether there are both better and worse tasks, which the average hides.
        clearly_differ: whether an interval excludes 0 on both sides.
    """

    better: tuple[str, ...]
    worse: tuple[str, ...]
    equal: tuple[str, ...]
    differ: bool
    clearly_differ: bool


def change_over_tasks(
    differences: Sequence[npt.ArrayLike], target: Target, confidence: float = 0.95
) -> TaskChange:
    """The mean change over tasks for the target that the user states.

    Args:
        differences: of each task (T), paired differences (n_t,) on one scale, as
            `samples.paired_differences` or `relative_contrasts` gave them.
        target: "these" or "like_these".
        confidence: of the interval; 1 - α/k for simultaneous intervals of k arms.

    Raises:
        UsageError: an unknown target, or as `change_on_these_tasks` and
            `change_on_tasks_like_these`.
    """
    if target == "these":
        return change_on_these_tasks(differences, confidence)
    if target == "like_these":
        return change_on_tasks_like_these(differences, confidence)
    raise UsageError(f"the target is {target!r}; {one_of(TARGETS, target)}")


def change_on_these_tasks(
    differences: Sequence[npt.ArrayLike], confidence: float = 0.95
) -> TaskChange:
    """Stratified t interval: tasks are strata, seeds are drawn within each.

    The variance of the mean is Σ s_t²/(n_t T²); its degrees of freedom are Satterthwaite's (1946),
    (Σ v_t)² / Σ v_t²/(n_t - 1) with v_t = s_t²/n_t. Bootstraps within strata err two to three times
    as often at few seeds. The seeds of different tasks are taken as independent.

    Raises:
        UsageError: no task, fewer than three pairs of a task, or a value that is not finite.
    """
    samples = _samples(differences, FEWEST_PAIRS)
    count = len(samples)
    variances = [spread(sample) ** 2 / len(sample) for sample in samples]
    df = satterthwaite(variances, [len(sample) - 1 for sample in samples])
    means = _means(samples)
    standard_error = math.sqrt(sum(variances)) / count
    interval = t_interval(float(np.mean(means)), standard_error, df, confidence)
    return TaskChange(interval, "these", count, means)


def change_on_tasks_like_these(
    differences: Sequence[npt.ArrayLike], confidence: float = 0.95
) -> TaskChange:
    """T interval of the tasks' mean changes; the tasks are the sample.

    Raises:
        UsageError: fewer than five tasks, a task without a pair, or a value that is not finite.
    """
    samples = _samples(differences, fewest=1)
    count = len(samples)
    if count < FEWEST_TASKS:
        raise UsageError(
            f"{count} tasks; a statement on tasks like these needs at least {FEWEST_TASKS}: add "
            'tasks, or state the target "these"'
        )
    means = _means(samples)
    warning = ""
    if count < FEW_TASKS:
        warning = (
            f"{count} tasks say little about tasks like these: with fewer than {FEW_TASKS}, even a "
            "change as large as the tasks' spread is often not detected"
        )
    return TaskChange(
        mean_t_interval(means, confidence), "like_these", count, means, warning
    )


def relative_contrasts(arm: npt.ArrayLike, baseline: npt.ArrayLike) -> Vector:
    """Per-seed values (n,) whose mean is the relative change, including the baseline's error.

    For tasks whose metrics have different scales. The mean is (ā - b̄)/|b̄|; the value of a seed is
    the first-order term of that ratio (delta method), so that an ordinary t interval of the values
    is an interval of the relative change and accounts for the correlation of the pairs.

    Args:
        arm, baseline: metric of the complete pairs (n,), n ≥ 2.

    Raises:
        UsageError: different lengths, fewer than two pairs, or a baseline whose mean may be 0.
    """
    differences = paired_differences(arm, baseline)
    reference = finite_vector(baseline, "the baseline")
    interval = mean_t_interval(reference)
    size = abs(interval.mean)
    half = 0.0 if math.isnan(interval.low) else interval.high - interval.mean
    if size <= half:
        raise UsageError(
            f"the baseline's mean is {interval.mean:.4g} ± {half:.2g}, which may be 0; a change "
            "relative to it is not defined: report ranks, or a metric that is not near 0"
        )
    mean = float(np.mean(differences))
    of_differences = differences - mean
    of_baseline = mean / interval.mean * (reference - interval.mean)
    return np.asarray((mean + of_differences - of_baseline) / size)


def task_signs(
    differences: Mapping[str, npt.ArrayLike], goal: Goal, confidence: float = 0.95
) -> TaskSigns:
    """Whether an arm is better on some tasks and worse on others.

    Args:
        differences: task → paired differences (n_t,), in the metric's own direction.
        goal: "maximize" or "minimize" the metric.
        confidence: of the interval of one task.

    Raises:
        UsageError: another goal, no task, fewer than two pairs of a task, or a value not finite.
    """
    check_goal(goal)
    if not differences:
        raise UsageError("no task was given; at least one is needed")
    sign = 1.0 if goal == "maximize" else -1.0
    better, worse, equal = [], [], []
    clearly_better = clearly_worse = False
    for task, values in differences.items():
        sample = finite_vector(values, f"task {task!r}", fewest=2)
        interval = mean_t_interval(sign * sample, confidence)
        clearly_better |= interval.low > 0
        clearly_worse |= interval.high < 0
        if interval.mean > 0:
            better.append(task)
        elif interval.mean < 0:
            worse.append(task)
        else:
            equal.append(task)
    differ = bool(better and worse)
    clearly_differ = clearly_better and clearly_worse
    return TaskSigns(tuple(better), tuple(worse), tuple(equal), differ, clearly_differ)


def _samples(differences: Sequence[npt.ArrayLike], fewest: int) -> list[Vector]:
    check_at_least(len(differences), 1, "the number of tasks")
    samples = []
    for index, values in enumerate(differences):
        samples.append(
            finite_vector(values, f"task {index + 1} of {len(differences)}", fewest)
        )
    return samples


def _means(samples: Sequence[Vector]) -> tuple[float, ...]:
    return tuple(float(np.mean(sample)) for sample in samples)
