"""Verdicts: an arm helps, hurts, makes no difference, or is undecided.

A verdict follows from an interval of the change against the baseline, so its error is the
interval's: with simultaneous 95 % intervals, the probability of any wrong verdict in a table is at
most 5 %.

| interval of the change, oriented so that more is better | verdict |
|---|---|
| inside (-margin, margin) | no difference; if 0 is excluded: "helps, less than the margin" |
| else all above 0 | helps |
| else all below 0 | hurts |
| else, or if the differences have no spread | undecided |

Without a margin there is no verdict "no difference": a wide interval around 0 is not equality
(two one-sided tests, Schuirmann 1987).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError, one_of
from sweep.statistics.samples import Vector, finite_vector, paired_differences, spread

Goal = Literal["maximize", "minimize"]
NO_SPREAD = "all differences are equal, so their spread is unknown"
NEAR_ZERO = "the baseline's mean may be 0, so a margin in percent of it is not defined"
GOALS: tuple[Goal, ...] = ("maximize", "minimize")


class Verdict(StrEnum):
    """The verdict on an arm from its seeds so far."""

    HELPS = "helps"
    HURTS = "hurts"
    NO_DIFFERENCE = "no difference"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Margin:
    """The smallest change that matters.

    Attributes:
        size: above 0; in units of the metric, or a share of the baseline's mean.
        relative: whether `size` is a share of the absolute value of the baseline's mean.

    Raises:
        UsageError: a size that is not positive and finite.
    """

    size: float
    relative: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.size) and self.size > 0):
            raise UsageError(
                f'the margin is {self.size}; it must be above 0, such as 0.005 or "1 %": the '
                "smallest change that matters"
            )

    def in_units(self, baseline_mean: float) -> float:
        """The margin in units of the metric, with the baseline's mean taken as known."""
        return self.size * abs(baseline_mean) if self.relative else self.size


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the interval that it follows from.

    Attributes:
        verdict: one of four.
        mean, low, high: change against the baseline and its interval, in the metric's own
            direction; `low` and `high` are NaN if the spread is unknown, infinite if the seeds
            admit no finite interval.
        n: number of complete pairs.
        direction: "helps" or "hurts" if the interval excludes 0, else None.
        reason: why an arm is undecided, or "".
    """

    verdict: Verdict
    mean: float
    low: float
    high: float
    n: int
    direction: Verdict | None = None
    reason: str = ""

    @property
    def words(self) -> str:
        """The verdict as printed, e.g. "helps, less than the margin"."""
        if self.verdict is Verdict.NO_DIFFERENCE and self.direction is not None:
            return f"{self.direction.value}, less than the margin"
        return self.verdict.value


def parse_margin(value: float | str) -> Margin:
    """A margin from a number or from text such as "1 %" (of the baseline's mean).

    Raises:
        UsageError: neither a number nor a percentage, or not positive.
    """
    text = str(value).strip()
    relative = text.endswith("%")
    number = text.removesuffix("%").strip()
    try:
        size = float(number)
    except ValueError:
        raise UsageError(
            f'the margin is {value!r}; allowed: a number above 0 or a percentage, such as "1 %"'
        ) from None
    if not (math.isfinite(size) and size > 0):
        raise UsageError(
            f'the margin is {value!r}; it must be above 0, such as 0.005 or "1 %": the smallest '
            "change that matters"
        )
    return Margin(size / 100 if relative else size, relative)


def verdict_of_interval(
    low: float, high: float, goal: Goal, margin: float | None = None
) -> tuple[Verdict, Verdict | None]:
    """Verdict of an interval of the change, and its direction where it excludes 0.

    Args:
        low, high: ends of the interval, NaN or equal if the spread is unknown.
        goal: "maximize" or "minimize" the metric.
        margin: in the interval's units; None: "no difference" cannot be said.

    Raises:
        UsageError: another goal, ends in the wrong order, or a margin that is not positive.
    """
    check_goal(goal)
    check_margin(margin)
    if math.isnan(low) or math.isnan(high) or low == high:
        return Verdict.UNDECIDED, None
    if low > high:
        raise UsageError(
            f"the interval is [{low}, {high}]; its low end must not exceed its high end"
        )
    inside = margin is not None and -margin < low and high < margin
    return _verdict(low, high, goal, inside)


def judge(
    arm: npt.ArrayLike,
    baseline: npt.ArrayLike,
    critical_value: float,
    goal: Goal,
    margin: Margin | None = None,
    *,
    test_to_train: float = 0.0,
) -> Judgement:
    """Verdict of one arm from its pairs and the critical value of a simultaneous interval.

    The interval is mean ± critical value × standard error of the differences. A relative margin r
    includes the baseline's error (Fieller 1954): "no difference" needs d - r|b| < 0 and
    d + r|b| > 0 with the same critical value, where d and b are from the same seeds, which accounts
    for their correlation. If the baseline's own interval includes 0, a share of it is not defined,
    and the verdict is never "no difference".

    Args:
        arm, baseline: metric of the complete pairs (n,), in the order of seeds, n ≥ 2.
        critical_value: half width of the interval in standard errors, above 0; from
            `t_interval.t_quantile`, `sequential.critical_values` or a max-T distribution. Infinite
            if no finite interval exists.
        goal: "maximize" or "minimize" the metric.
        margin: smallest change that matters; None: "no difference" cannot be said.
        test_to_train: n_test / n_train where the pairs are folds or resplits of one data set, whose
            overlap adds that much to 1/n (Nadeau and Bengio 2003); 0 for seeds.

    Raises:
        UsageError: samples of different lengths, fewer than two pairs, a value that is not finite,
            a critical value that is not positive, a negative ratio, or another goal.
    """
    check_goal(goal)
    differences = paired_differences(arm, baseline)
    reference = finite_vector(baseline, "the baseline")
    if not critical_value > 0:
        raise UsageError(f"the critical value is {critical_value}; it must be above 0")
    if not test_to_train >= 0:
        raise UsageError(f"n_test / n_train is {test_to_train}; it must be at least 0")
    n, mean = len(differences), float(np.mean(differences))
    if spread(differences) == 0:
        return Judgement(
            Verdict.UNDECIDED, mean, math.nan, math.nan, n, None, NO_SPREAD
        )
    if math.isinf(critical_value):
        reason = "these seeds admit no finite interval"
        return Judgement(Verdict.UNDECIDED, mean, -math.inf, math.inf, n, None, reason)
    half = critical_value * math.sqrt(1 / n + test_to_train)  # in sd of a sample
    low, high = _ends(differences, half)
    inside, reason = _inside(differences, reference, half, margin)
    verdict, direction = _verdict(low, high, goal, inside)
    if verdict is not Verdict.UNDECIDED:
        reason = ""
    return Judgement(verdict, mean, low, high, n, direction, reason)


def check_goal(goal: str) -> None:
    """Check that a goal is known.

    Raises:
        UsageError: it is not.
    """
    if goal not in GOALS:
        raise UsageError(f"the goal is {goal!r}; {one_of(GOALS, goal)}")


def check_margin(margin: float | None) -> None:
    """Check that a margin in units of an interval is positive and finite, or None.

    Raises:
        UsageError: it is neither.
    """
    if margin is not None:
        Margin(margin)


def _verdict(
    low: float, high: float, goal: Goal, inside: bool
) -> tuple[Verdict, Verdict | None]:
    better, worse = (low, high) if goal == "maximize" else (-high, -low)
    direction = None
    if better > 0:
        direction = Verdict.HELPS
    elif worse < 0:
        direction = Verdict.HURTS
    if inside:
        return Verdict.NO_DIFFERENCE, direction
    return direction or Verdict.UNDECIDED, direction


def _inside(
    differences: Vector, baseline: Vector, half: float, margin: Margin | None
) -> tuple[bool, str]:
    """Whether the change is shown to be smaller than the margin, or why it cannot be."""
    if margin is None:
        return False, ""
    if not margin.relative:
        low, high = _ends(differences, half)
        return -margin.size < low and high < margin.size, ""
    baseline_low, baseline_high = _ends(baseline, half)
    if baseline_low <= 0 <= baseline_high:
        return False, NEAR_ZERO
    limit = margin.size * math.copysign(1.0, baseline_low) * baseline
    low, _ = _ends(differences + limit, half)
    _, high = _ends(differences - limit, half)
    return low > 0 and high < 0, ""


def _ends(sample: Vector, half: float) -> tuple[float, float]:
    """Mean ± `half` standard deviations of a sample (n,)."""
    mean = float(np.mean(sample))
    width = half * spread(sample)
    return mean - width, mean + width
