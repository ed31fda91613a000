"""Forecasts of the verdicts that a number of seeds would give, before or during training.

Everything here assumes normal differences. It is for planning; no verdict depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.errors import UsageError
from sweep.statistics.samples import (
    Vector,
    check_at_least,
    check_share,
    finite_vector,
    spread,
)
from sweep.statistics.t_interval import t_quantile
from sweep.statistics.verdicts import check_margin

# number of seeds → half width in standard errors
CriticalValue = Callable[[int], float]

PROBABLY = 0.8  # the power that plans are made for
MOST_SEEDS = 1_000  # the largest number of seeds considered
_SPREADS = 4_000  # points of the distribution of a sample's standard deviation
_DRAWS = 4_000  # of the true effect and spread, given the seeds so far


@dataclass(frozen=True, slots=True)
class VerdictProbabilities:
    """Probabilities of the four verdicts; "helps" is for a positive effect. They sum to 1."""

    helps: float
    hurts: float
    no_difference: float
    undecided: float

    @property
    def decided(self) -> float:
        """Probability of any verdict but "undecided"."""
        return 1.0 - self.undecided


def bonferroni_critical_value(seeds: int, arms: int = 1, alpha: float = 0.05) -> float:
    """Half width, in standard errors, of simultaneous t intervals of k arms.

    Raises:
        UsageError: fewer than two seeds, no arm, or alpha outside (0, 1).
    """
    check_at_least(seeds, 2, "the number of seeds")
    check_at_least(arms, 1, "the number of arms")
    check_share(alpha, "alpha")
    return t_quantile(seeds - 1, alpha / (2 * arms))


def verdict_probabilities(
    effect: float,
    seeds: int,
    critical_value: float,
    margin: float | None = None,
    sd: float = 1.0,
) -> VerdictProbabilities:
    """Probability of each verdict over `seeds` pairs, integrated over the sample's spread.

    Args:
        effect: true change, oriented so that more is better, in the units of `sd`.
        seeds: pairs, at least 2.
        critical_value: half width of the interval in standard errors.
        margin: smallest change that matters, in the units of `sd`; None: no margin.
        sd: true standard deviation of the paired differences, above 0.

    Raises:
        UsageError: fewer than two seeds, or a spread or margin that is not positive.
    """
    check_at_least(seeds, 2, "the number of seeds")
    check_margin(margin)
    if not sd > 0:
        raise UsageError(f"the standard deviation is {sd}; it must be above 0")
    levels = (np.arange(_SPREADS) + 0.5) / _SPREADS
    spreads = sd * np.sqrt(scipy.special.chdtri(seeds - 1, levels) / (seeds - 1))
    standard_error = sd / np.sqrt(seeds)
    half = critical_value * spreads / np.sqrt(seeds)
    within = np.zeros_like(half) if margin is None else np.maximum(margin - half, 0.0)
    clear = np.maximum(half, within)
    helps = _above(clear, effect, standard_error)
    hurts = _above(clear, -effect, standard_error)
    above_low = _above(-within, effect, standard_error)
    inside = above_low - _above(within, effect, standard_error)
    means = (float(np.mean(helps)), float(np.mean(hurts)), float(np.mean(inside)))
    return VerdictProbabilities(*means, undecided=max(0.0, 1.0 - sum(means)))


def seeds_for_no_difference(
    margin: float, arms: int = 1, *, alpha: float = 0.05, probability: float = PROBABLY
) -> int | None:
    """Seeds after which an arm without effect probably has the verdict "no difference".

    Args:
        margin: in standard deviations of the paired difference, above 0.
        arms: k simultaneous intervals.
        alpha: their joint error.
        probability: of the verdict.

    Returns:
        The smallest number; None if `MOST_SEEDS` do not suffice.

    Raises:
        UsageError: a margin that is not positive, no arm, or a level outside (0, 1).
    """
    check_margin(margin)
    check_share(probability, "probability")

    def enough(seeds: int) -> bool:
        critical_value = bonferroni_critical_value(seeds, arms, alpha)
        probabilities = verdict_probabilities(0.0, seeds, critical_value, margin)
        return probabilities.no_difference >= probability

    return smallest_number(enough, 2, MOST_SEEDS)


def seeds_to_decide(
    differences: npt.ArrayLike,
    critical_value: CriticalValue,
    margin: float | None,
    *,
    most: int,
    probability: float = PROBABLY,
    seed: int = 0,
) -> int | None:
    """Seeds of a new fixed design that would probably decide an arm, given the seeds so far.

    The true effect and spread are drawn from the posterior of the differences (flat prior, normal
    sample), so that a poorly known effect needs more seeds.

    Args:
        differences: complete pairs so far (n,), n ≥ 2.
        critical_value: number of seeds → half width in standard errors, of the procedure that
            judges, e.g. `bonferroni_critical_value` with a fixed number of arms.
        margin: in the units of the differences; None: no margin.
        most: the largest number considered.
        probability: of any verdict but "undecided".
        seed: of the draws, so that a table is reproducible.

    Returns:
        The smallest number above n; None if `most` seeds would probably not decide.

    Raises:
        UsageError: fewer than two pairs, a value that is not finite, a margin that is not
            positive, or a level outside (0, 1).
    """
    sample = finite_vector(differences, "the differences", fewest=2)
    check_share(probability, "probability")
    check_margin(margin)
    if spread(sample) == 0:
        return None
    rng = np.random.default_rng(seed)
    effects, spreads = posterior_draws(sample, _DRAWS, rng)
    noise = rng.standard_normal(_DRAWS)
    levels = rng.random(_DRAWS)

    def enough(seeds: int) -> bool:
        means = effects + spreads * noise / np.sqrt(seeds)
        sample_spreads = spreads * np.sqrt(
            scipy.special.chdtri(seeds - 1, levels) / (seeds - 1)
        )
        half = critical_value(seeds) * sample_spreads / np.sqrt(seeds)
        return float(np.mean(is_decided(means, half, margin))) >= probability

    return smallest_number(enough, len(sample) + 1, most)


def posterior_draws(
    sample: Vector, count: int, rng: np.random.Generator
) -> tuple[Vector, Vector]:
    """Posterior draws (count,) of the mean and standard deviation of a normal sample (n,).

    σ² = s²(n - 1)/χ², μ = x̄ + σz/√n, under the prior 1/σ² (Gelman et al. 2013, §3.2).
    """
    n = len(sample)
    spreads = spread(sample) * np.sqrt((n - 1) / rng.chisquare(n - 1, count))
    means = np.mean(sample) + spreads * rng.standard_normal(count) / np.sqrt(n)
    return means, spreads


def is_decided(
    means: npt.NDArray[np.float64], half: npt.NDArray[np.float64], margin: float | None
) -> npt.NDArray[np.bool_]:
    """Whether intervals means ± half, arrays of the same shape, give a verdict."""
    decided = np.abs(means) > half
    if margin is not None:
        decided |= np.abs(means) + half < margin
    return np.asarray(decided)


def smallest_number(
    enough: Callable[[int], bool], fewest: int, most: int
) -> int | None:
    """The smallest number in [fewest, most] that is enough; None if the largest is not.

    Bisection, assuming that any number above one that is enough is enough.
    """
    if fewest > most or not enough(most):
        return None
    low, high = fewest - 1, most
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


def _above(
    threshold: npt.NDArray[np.float64], mean: float, standard_error: float
) -> npt.NDArray[np.float64]:
    """Probability that a normal estimate exceeds each threshold (m,)."""
    return np.asarray(scipy.special.ndtr((mean - threshold) / standard_error))
