"""Sequential designs: seeds are added until every arm is decided.

A sequential design fixes its looks n₁ < … < N and its number of arms k before the first result. At
look i an arm may err with αᵢ = (α/k)[(nᵢ/N)^1.5 - (nᵢ₋₁/N)^1.5] (error spending, Lan and DeMets
1983, with the power family of Kim and DeMets 1987); its interval there is mean ± cᵢ s/√n with cᵢ
the quantile 1 - αᵢ/2 of Student's t (a repeated confidence interval, Jennison and Turnbull 1989).
The intervals of all arms at all looks hold together with probability at least 1 - α, whatever rule
stops an arm: they use Bonferroni's inequality and assume no joint distribution.

Three rules guarantee that. α is never reused: the error of a decided arm is not given to others. k
never shrinks. A failed seed is never replaced: an arm is judged from those of the first nᵢ seeds
that it finished.

Valid for symmetric differences, conservative for normal ones; not valid if a single arm collapses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sweep.errors import UsageError
from sweep.statistics.samples import check_at_least, check_share
from sweep.statistics.t_interval import t_quantile
from sweep.statistics.verdicts import (
    Goal,
    Judgement,
    Margin,
    Verdict,
    check_goal,
    judge,
)

SPENDING_POWER = 1.5  # of the share of seeds: late looks spend most of the error
FEWEST_PAIRS = 3  # of a look that may decide
GROWTH = 1.5  # seeds at a look over seeds at the previous one
# Simulated in tests/simulation/sequential.py: both save 11 to 49 % of a fixed design's trials if
# the margin is at least 1 sd.
USUAL_LOOKS = ((5, 8, 12, 18, 30), (6, 9, 13, 20, 30))


@dataclass(frozen=True, slots=True)
class SequentialDesign:
    """Looks, arms and error, fixed before the first result.

    Attributes:
        looks: numbers of seeds (per arm) at which arms are judged, rising, the first at least 3.
        arms: number of arms compared with the baseline, at least 1; deciding arms does not change
            it.
        alpha: probability that any interval of the study misses its true change, in (0, 1).

    Raises:
        UsageError: looks that do not rise or are too few, no arm, or alpha outside (0, 1).
    """

    looks: tuple[int, ...]
    arms: int
    alpha: float = 0.05

    def __post_init__(self) -> None:
        check_share(self.alpha, "alpha")
        check_at_least(self.arms, 1, "the number of arms")
        if not self.looks:
            raise UsageError(
                "a sequential design needs at least one look, such as (5, 8, 12)"
            )
        check_at_least(
            self.looks[0], FEWEST_PAIRS, "the number of seeds at the first look"
        )
        if list(self.looks) != sorted(set(self.looks)):
            raise UsageError(
                f"the looks are {list(self.looks)}; each must have more seeds than the previous one"
            )

    @property
    def most_seeds(self) -> int:
        """Seeds of an arm that is never decided."""
        return self.looks[-1]


@dataclass(frozen=True, slots=True)
class Look:
    """One arm at one look.

    Attributes:
        index: 0 for the first look.
        seeds: planned number of seeds, failed ones included.
        judgement: the verdict and its repeated confidence interval.
        lacking: seeds (0-based positions) among the first `seeds` that the arm or the baseline
            failed.
    """

    index: int
    seeds: int
    judgement: Judgement
    lacking: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The state of an arm after the looks that its seeds allow.

    Attributes:
        looks: in order, up to the deciding one.
        decided: whether a verdict other than "undecided" was reached.
        exhausted: whether all looks were taken without such a verdict.
        next_look: seeds needed for the next look; None if decided or exhausted.
    """

    looks: tuple[Look, ...]
    decided: bool
    exhausted: bool
    next_look: int | None

    @property
    def verdict(self) -> Verdict:
        """The last look's verdict, undecided before the first."""
        return self.looks[-1].judgement.verdict if self.looks else Verdict.UNDECIDED


def default_looks(first: int, last: int) -> tuple[int, ...]:
    """Looks from `first` to `last` seeds, each about 1.5 times the previous one.

    From 5 to 30 and from 6 to 30 they are `USUAL_LOOKS`, whose properties were simulated.

    Raises:
        UsageError: fewer than three seeds at first, or `last` below `first`.
    """
    check_at_least(first, FEWEST_PAIRS, "the number of seeds at the first look")
    if last < first:
        raise UsageError(
            f"seeds go from {first} to {last}; the second must not be below the first"
        )
    for looks in USUAL_LOOKS:
        if (first, last) == (looks[0], looks[-1]):
            return looks
    steps = max(1, round(math.log(last / first) / math.log(GROWTH)))
    looks_between = np.rint(np.geomspace(first, last, steps + 1)).astype(int)
    return tuple(np.unique(looks_between).tolist())


def error_spent(design: SequentialDesign) -> tuple[float, ...]:
    """Two-sided error αᵢ of one arm at each look; they sum to α / k."""
    reached = (np.array(design.looks) / design.most_seeds) ** SPENDING_POWER
    shares = np.diff(reached, prepend=0.0)
    return tuple((design.alpha / design.arms * shares).tolist())


def critical_values(design: SequentialDesign) -> tuple[float, ...]:
    """Half width cᵢ of an arm's interval at each look, in standard errors, without failed seeds."""
    values = []
    for seeds, error in zip(design.looks, error_spent(design), strict=True):
        values.append(t_quantile(seeds - 1, error / 2))
    return tuple(values)


def resolution(design: SequentialDesign) -> float:
    """Half width of an interval at the last look, c_N / √N, in sd of the paired difference.

    A smaller margin will hardly ever give "no difference", and a smaller effect hardly a verdict.
    """
    return critical_values(design)[-1] / math.sqrt(design.most_seeds)


def price(design: SequentialDesign) -> float:
    """The cost of looks if no arm is decided early, as a share of a fixed design's seeds.

    (c_N / c)² - 1, with c of a fixed design of N seeds and Bonferroni's t: that many more seeds
    compensate for the wider last interval.
    """
    fixed = t_quantile(design.most_seeds - 1, design.alpha / (2 * design.arms))
    return float((critical_values(design)[-1] / fixed) ** 2 - 1)


def decide(
    arm: Sequence[float | None],
    baseline: Sequence[float | None],
    design: SequentialDesign,
    goal: Goal,
    margin: Margin | None = None,
) -> Decision:
    """The verdicts of one arm at every look that its seeds allow, up to the deciding one.

    A pure function of the results in the order of seeds: neither the order in which they arrived,
    nor seeds beyond the deciding look, nor the other arms have an effect. It is therefore called
    for each arm separately.

    Args:
        arm, baseline: metric of each finished seed, in the order of seeds, None where the trial
            failed; a list ends before the first seed whose trial has not finished.
        design: fixed before the first result.
        goal: "maximize" or "minimize" the metric.
        margin: smallest change that matters; None: "no difference" cannot be said.

    Raises:
        UsageError: an unknown goal, or a value that is not finite.
    """
    check_goal(goal)
    finished = min(len(arm), len(baseline))
    looks: list[Look] = []
    for index, seeds in enumerate(design.looks):
        if seeds > finished:
            return Decision(tuple(looks), False, False, seeds)
        look = _look(arm[:seeds], baseline[:seeds], design, index, goal, margin)
        looks.append(look)
        if look.judgement.verdict is not Verdict.UNDECIDED:
            return Decision(tuple(looks), True, False, None)
    return Decision(tuple(looks), False, True, None)


def seeds_wanted(
    decisions: Sequence[Decision], design: SequentialDesign
) -> tuple[int, list[int]]:
    """The number of seeds that the baseline and each arm need for the next look.

    A decided arm needs no more than its deciding look; the baseline is trained while any arm is
    undecided.

    Args:
        decisions: of every arm (k,).
        design: the looks they were taken at.

    Returns:
        Seeds of the baseline, and of each arm (k,).

    Raises:
        UsageError: other than k decisions.
    """
    if len(decisions) != design.arms:
        raise UsageError(
            f"{len(decisions)} decisions for a design of {design.arms} arms; the number of arms is "
            "fixed before the first result"
        )
    wanted = [decision.next_look or decision.looks[-1].seeds for decision in decisions]
    return max(wanted), wanted


def _look(
    arm: Sequence[float | None],
    baseline: Sequence[float | None],
    design: SequentialDesign,
    index: int,
    goal: Goal,
    margin: Margin | None,
) -> Look:
    """Judge an arm from the complete pairs among its planned seeds.

    If seeds failed, the error planned for the look is unchanged, and the degrees of freedom are
    those of the complete pairs.
    """
    values, reference, lacking = [], [], []
    for position, (value, other) in enumerate(zip(arm, baseline, strict=True)):
        if value is None or other is None:
            lacking.append(position)
            continue
        values.append(value)
        reference.append(other)
    if len(values) < FEWEST_PAIRS:
        judgement = _too_few(values, reference)
    else:
        critical_value = t_quantile(len(values) - 1, error_spent(design)[index] / 2)
        judgement = judge(values, reference, critical_value, goal, margin)
    return Look(index, design.looks[index], judgement, tuple(lacking))


def _too_few(values: Sequence[float], reference: Sequence[float]) -> Judgement:
    mean = math.nan
    if values:
        mean = float(np.mean(np.subtract(values, reference)))
    pairs = f"{len(values)} complete pair{'s' if len(values) != 1 else ''}"
    reason = f"{pairs}; a verdict needs at least {FEWEST_PAIRS}"
    return Judgement(
        Verdict.UNDECIDED, mean, math.nan, math.nan, len(values), None, reason
    )
