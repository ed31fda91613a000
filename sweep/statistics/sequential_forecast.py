"""Forecasts for a sequential design: its expected cost, and the look that decides an arm.

Normal differences are simulated. This is for planning only; no verdict depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.statistics.samples import check_at_least, check_share, finite_vector, spread
from sweep.statistics.sequential import SequentialDesign, critical_values
from sweep.statistics.verdict_forecast import PROBABLY, is_decided, posterior_draws
from sweep.statistics.verdicts import check_margin

# True effects assumed for a plan, in standard deviations of the paired difference, repeated over
# the arms: a third large, a third small, a third without effect.
LIKELY_EFFECTS = (2.0, 2.0, 0.5, 0.5, 0.0, 0.0)
LIKELY_MARGIN = 1.0  # in the same units
_REPEATS = 2_000  # simulated studies; expected trials are then known to about 1 %
_DRAWS = 2_000  # continuations of an arm
_MOST_VALUES = 2_000_000  # simulated at once: 16 MB

UNDECIDED = -1  # in arrays of deciding looks


@dataclass(frozen=True, slots=True)
class LookCost:
    """Trials that a sequential design has run by the end of a look, baseline included.

    Attributes:
        seeds: of an arm that is still open.
        worst: trials if no arm is decided before.
        likely: expected trials under the assumed effects.
        open_arms: expected number of arms still open after the look.
    """

    seeds: int
    worst: int
    likely: float
    open_arms: float


def expected_trials(
    design: SequentialDesign,
    effects: Sequence[float] = LIKELY_EFFECTS,
    margin: float | None = LIKELY_MARGIN,
    *,
    repeats: int = _REPEATS,
    seed: int = 0,
) -> tuple[LookCost, ...]:
    """Trials by the end of each look: expected and worst case.

    Args:
        design: looks and number of arms.
        effects: true effects, in standard deviations of the paired difference; repeated in turn
            until every arm has one.
        margin: in the same units; None: no margin, so arms without effect stay open.
        repeats: simulated studies.
        seed: of the simulation, so that a plan is reproducible.

    Raises:
        UsageError: no effect, fewer than one repeat, or a margin that is not positive.
    """
    if not len(effects):
        raise UsageError("no effect was given; at least one is needed, such as 0.5")
    check_at_least(repeats, 1, "the number of repeats")
    check_margin(margin)
    arm_effects = np.resize(np.asarray(effects, dtype=np.float64), design.arms)
    deciding = _simulated_decisions(arm_effects, design, margin, repeats, seed)
    costs = []
    for index, seeds in enumerate(design.looks):
        trials = trials_by_look(deciding, design, index)
        is_open = (deciding == UNDECIDED) | (deciding > index)
        open_arms = float(np.mean(is_open.sum(axis=1)))
        worst = seeds * (design.arms + 1)
        costs.append(LookCost(seeds, worst, float(np.mean(trials)), open_arms))
    return tuple(costs)


def _simulated_decisions(
    effects: npt.NDArray[np.float64],
    design: SequentialDesign,
    margin: float | None,
    repeats: int,
    seed: int,
) -> npt.NDArray[np.int64]:
    """Deciding looks (repeats, k), simulated in batches that fit into memory."""
    rng = np.random.default_rng(seed)
    batch = max(1, _MOST_VALUES // (design.most_seeds * (design.arms + 1)))
    batches = []
    for start in range(0, repeats, batch):
        size = min(batch, repeats - start)
        differences = simulated_differences(effects, design.most_seeds, size, rng)
        means, half = intervals_at_looks(differences, design)
        batches.append(deciding_looks(means, half, margin))
    return np.concatenate(batches)


def seeds_until_decided(
    differences: npt.ArrayLike,
    design: SequentialDesign,
    margin: float | None,
    *,
    probability: float = PROBABLY,
    seed: int = 0,
) -> int | None:
    """The look by which an undecided arm will probably be decided, given its pairs so far.

    Future pairs are drawn from the posterior of the pairs so far.

    Args:
        differences: complete pairs so far (n,), n ≥ 2.
        design: its looks beyond n seeds are still to come.
        margin: in the units of the differences; None: no margin.
        probability: that one of the looks up to the answer decides.
        seed: of the draws, so that a status line is reproducible.

    Returns:
        The number of seeds at that look; None: the design's seeds will probably not decide.

    Raises:
        UsageError: fewer than two pairs, a value that is not finite, a margin that is not
            positive, or a level outside (0, 1).
    """
    sample = finite_vector(differences, "the differences", fewest=2)
    check_share(probability, "probability")
    check_margin(margin)
    n, limit = len(sample), design.most_seeds
    if spread(sample) == 0 or n >= limit:
        return None
    rng = np.random.default_rng(seed)
    effects, spreads = posterior_draws(sample, _DRAWS, rng)
    noise = rng.standard_normal((_DRAWS, limit - n))
    future = effects[:, None] + spreads[:, None] * noise
    observed = np.broadcast_to(sample, (_DRAWS, n))
    continued = np.concatenate([observed, future], axis=1)
    means, half = intervals_at_looks(continued[:, :, None], design)
    decided = is_decided(means, half, margin)[:, :, 0]
    taken = np.array(design.looks) <= n
    decided[:, taken] = False  # these looks left the arm open
    by_look = np.mean(np.logical_or.accumulate(decided, axis=1), axis=0)
    for seeds, reached in zip(design.looks, by_look, strict=True):
        if reached >= probability:
            return seeds
    return None


def simulated_differences(
    effects: npt.NDArray[np.float64], seeds: int, repeats: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Paired differences (repeats, seeds, k) of k arms with standard deviation 1.

    Arms share the baseline's noise, so that their differences correlate by 0.5.
    """
    noise = rng.standard_normal((repeats, seeds, len(effects) + 1)) / np.sqrt(2)
    return np.asarray(effects + noise[:, :, 1:] - noise[:, :, :1])


def intervals_at_looks(
    differences: npt.NDArray[np.float64], design: SequentialDesign
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Means and half widths (repeats, looks, k) from differences (repeats, seeds, k)."""
    shape = (len(differences), len(design.looks), differences.shape[2])
    means, half = np.empty(shape), np.empty(shape)
    for index, critical_value in enumerate(critical_values(design)):
        seeds = design.looks[index]
        sample = differences[:, :seeds]
        means[:, index] = sample.mean(axis=1)
        half[:, index] = critical_value * sample.std(axis=1, ddof=1) / np.sqrt(seeds)
    return means, half


def deciding_looks(
    means: npt.NDArray[np.float64], half: npt.NDArray[np.float64], margin: float | None
) -> npt.NDArray[np.int64]:
    """Index of the look that decides each arm (repeats, k), `UNDECIDED` where none does."""
    decided = is_decided(means, half, margin)
    first = np.argmax(decided, axis=1)
    return np.where(decided.any(axis=1), first, UNDECIDED)


def trials_by_look(
    deciding: npt.NDArray[np.int64], design: SequentialDesign, index: int
) -> npt.NDArray[np.int64]:
    """Trials (repeats,) run by the end of a look, from the deciding looks (repeats, k) of arms."""
    looks = np.array(design.looks)
    last = np.where(deciding == UNDECIDED, len(looks) - 1, deciding)
    seeds = looks[np.minimum(last, index)]
    return np.asarray(seeds.sum(axis=1) + seeds.max(axis=1))
