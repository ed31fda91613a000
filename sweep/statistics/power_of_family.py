"""Power of the procedure that tests the arms of a table (`family`): one arm shifted, others null.

With few seeds there are few sign patterns, and power is simulated with fixed random numbers. From
ten seeds on, the noncentral t distribution at the level of a two-sided many-to-one test (Dunnett
1955) is as accurate as a simulation. The stated power is within 3 points of the true one for 6 to
20 seeds and 1 to 20 arms, for any correlation between the differences of two arms from 0 to 0.5
(that of equally noisy arms). Changes are in standard deviations of the paired differences.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.errors import UsageError
from sweep.statistics.family import fewest_for_flips
from sweep.statistics.max_t import (
    TIE,
    flipped_r,
    largest_rejected,
    sign_patterns,
    t_of_r,
)
from sweep.statistics.paired import FEWEST_PAIRS
from sweep.statistics.power import power_of_paired_t
from sweep.statistics.t_interval import t_quantile

Array = npt.NDArray[np.float64]

CORRELATION = 0.3  # assumed between two arms' differences, in the middle of 0 to 0.5
MOST_SIMULATED = 9  # seeds; from ten on the approximation is as accurate
BEYOND_FEWEST = 3  # seeds above the fewest that allow flips, simulated as well
MOST_SEEDS = 200  # the largest number of seeds considered
WANTED = 0.8  # default power
_WORK = 10_000_000  # statistics that a simulation may compute, a tenth of a second
_MOST_STUDIES = 4_000


def power(
    effect: float,
    pairs: int,
    arms: int = 1,
    *,
    confidence: float = 0.95,
    test_to_train: float | None = None,
) -> float:
    """Probability that the interval of the one arm that differs excludes zero.

    Args:
        effect: mean difference over the standard deviation of the paired differences.
        pairs: seeds, or splits with `test_to_train`.
        arms: number of arms compared in the table, including the shifted one.
        confidence: of the table.
        test_to_train: see `family.compare`.

    Returns:
        0 below three pairs, which are not tested.

    Raises:
        UsageError: an effect that is not finite, fewer than one arm, or a confidence
            outside (0, 1).
    """
    _check(effect, arms, confidence)
    if pairs < FEWEST_PAIRS:
        return 0.0
    alpha = 1 - confidence
    fewest = fewest_for_flips(alpha)
    if test_to_train is not None:
        widened = effect / math.sqrt(1 + pairs * test_to_train)
        return power_of_paired_t(widened, pairs, alpha / arms)
    if pairs < fewest:
        return power_of_paired_t(effect, pairs, alpha / arms)
    if pairs <= max(MOST_SIMULATED, fewest + BEYOND_FEWEST):
        return _Simulated.of(pairs, arms, alpha).power(effect)
    return power_of_paired_t(
        effect, pairs, many_to_one_level(arms, _attained(pairs, alpha))
    )


def smallest_effect(
    pairs: int,
    arms: int = 1,
    *,
    power_wanted: float = WANTED,
    confidence: float = 0.95,
    test_to_train: float | None = None,
) -> float:
    """The smallest change detected with the wanted probability; infinite if none can be.

    Raises:
        UsageError: as `power`, or a wanted power that is not between 1 − confidence and 1.
    """
    from scipy import optimize  # loads slowly

    _check(0.0, arms, confidence)
    _check_wanted(power_wanted, confidence)
    if pairs < FEWEST_PAIRS:
        return math.inf

    def excess(effect: float) -> float:
        reached = power(
            effect, pairs, arms, confidence=confidence, test_to_train=test_to_train
        )
        return reached - power_wanted

    low, high = 0.0, 1.0
    while excess(high) < 0:
        low, high = high, 2 * high
    return float(optimize.bisect(excess, low, high, xtol=high * 2e-3))


def detect(
    effect: float,
    sd: float,
    arms: int = 1,
    *,
    power_wanted: float = WANTED,
    confidence: float = 0.95,
    most: int = MOST_SEEDS,
) -> int | None:
    """The fewest seeds that detect a change of `effect` with the wanted probability.

    Args:
        effect: the change, in the metric's unit; its sign does not matter.
        sd: standard deviation of the paired differences, in the same unit.
        arms: number of arms compared in the table.
        power_wanted: probability of detecting the change.
        confidence: of the table.
        most: largest number of seeds.

    Returns:
        None if `most` seeds are too few.

    Raises:
        UsageError: as `smallest_effect`, no effect, or an sd that is not positive.
    """
    if not (effect and math.isfinite(effect)):
        raise UsageError(
            f"the change to find is {effect}; it must be a number other than 0"
        )
    if not 0 < sd < math.inf:
        raise UsageError(f"the standard deviation is {sd}; it must be positive")
    _check_wanted(power_wanted, confidence)
    size = abs(effect) / sd
    for pairs in range(FEWEST_PAIRS, most + 1):
        # If even the more powerful t-test falls clearly short, flips need no simulation.
        by_t = power_of_paired_t(size, pairs, (1 - confidence) / arms)
        if by_t < power_wanted - 0.1:
            continue
        if power(size, pairs, arms, confidence=confidence) >= power_wanted:
            return pairs
    return None


def fewest_for_any(
    arms: int = 1,
    *,
    power_wanted: float = WANTED,
    confidence: float = 0.95,
    largest: float = 10.0,
) -> int:
    """The fewest seeds that detect a change of `largest` standard deviations.

    With fewer seeds no realistic change reaches the wanted power: `plan` says so.
    """
    seeds = detect(largest, 1.0, arms, power_wanted=power_wanted, confidence=confidence)
    return MOST_SEEDS if seeds is None else seeds


def expected_critical_value(pairs: int, arms: int = 1, alpha: float = 0.05) -> float:
    """Approximate half width, in standard errors, of an interval of the table.

    With enough seeds for sign flips it is the t quantile at the level of a two-sided many-to-one
    test (Dunnett 1955), for the error that so few sign patterns attain; with fewer, Bonferroni's.
    The stated probabilities of a verdict are within 5 points of the true ones for 7 to 20 seeds,
    within 13 for six (`python -m tests.simulation --only forecasts`).

    Args:
        pairs: seeds, at least 2.
        arms: number of arms compared in the table.
        alpha: of all intervals together.
    """
    if pairs < fewest_for_flips(alpha):
        return t_quantile(pairs - 1, alpha / (2 * arms))
    return t_quantile(pairs - 1, many_to_one_level(arms, _attained(pairs, alpha)) / 2)


def _attained(pairs: int, alpha: float) -> float:
    """The largest error up to α that joint sign flips of that many seeds can have."""
    patterns = 2.0 ** (pairs - 1)
    return math.floor(alpha * patterns + 1e-9) / patterns


@lru_cache(maxsize=256)
def many_to_one_level(
    arms: int, alpha: float, correlation: float = CORRELATION
) -> float:
    """The level of each of k two-sided tests of equally correlated means, with joint error α.

    P(max |Z| ≤ c) is an integral over the common part of the Z (Dunnett 1955), computed by
    Gauss-Hermite quadrature.
    """
    from scipy import optimize  # loads slowly

    if arms == 1:
        return alpha
    nodes, weights = np.polynomial.hermite_e.hermegauss(64)
    weights = weights / weights.sum()
    shared = math.sqrt(correlation) * nodes
    individual_sd = math.sqrt(1 - correlation)

    def excess(c: float) -> float:
        below_high = scipy.special.ndtr((c - shared) / individual_sd)
        below_low = scipy.special.ndtr((-c - shared) / individual_sd)
        return float(weights @ (below_high - below_low) ** arms) - (1 - alpha)

    c = optimize.brentq(excess, 0.0, -scipy.special.ndtri(alpha / arms / 4))
    return float(2 * scipy.special.ndtr(-c))


class _Simulated:
    """Studies of n seeds and k arms under fixed random numbers; one arm can then be shifted."""

    def __init__(self, pairs: int, arms: int, alpha: float):
        patterns = sign_patterns(pairs)
        self._patterns = patterns
        self._pairs = pairs
        self._t_level = many_to_one_level(arms, alpha)
        self._allowed = largest_rejected(len(patterns), alpha)
        studies = int(np.clip(_WORK // (len(patterns) * arms), 1_000, _MOST_STUDIES))
        generator = np.random.default_rng(pairs)
        shared = generator.normal(size=(studies, pairs)) * math.sqrt(CORRELATION)
        individual_sd = math.sqrt(1 - CORRELATION)
        individual = individual_sd * generator.normal(size=(studies, pairs))
        self._shifted = shared + individual
        self._others = np.zeros((len(patterns), studies), dtype=np.float64)
        counts = np.full(studies, pairs)
        for _ in range(arms - 1):
            individual = individual_sd * generator.normal(size=(studies, pairs))
            r = flipped_r((shared + individual).T, counts, patterns)
            np.maximum(self._others, r, out=self._others)
        self._counts = counts

    @staticmethod
    @lru_cache(maxsize=16)
    def of(pairs: int, arms: int, alpha: float) -> _Simulated:
        """The studies, simulated once and cached."""
        return _Simulated(pairs, arms, alpha)

    def power(self, effect: float) -> float:
        """Share of the studies in which the shifted arm is significant.

        The share is corrected by that of a t-test in the same studies, whose power is known
        (control variate).
        """
        differences = self._shifted + effect
        r = flipped_r(differences.T, self._counts, self._patterns)
        as_extreme = np.maximum(self._others, r) >= r[0] - TIE
        by_flips = as_extreme.sum(axis=0) <= self._allowed
        critical = -scipy.special.stdtrit(self._pairs - 1, self._t_level / 2)
        by_t = t_of_r(r[0], self._counts) > critical
        t_power = power_of_paired_t(effect, self._pairs, self._t_level)
        return float(np.clip(t_power + np.mean(by_flips) - np.mean(by_t), 0.0, 1.0))


def _check(effect: float, arms: int, confidence: float) -> None:
    if not math.isfinite(effect):
        raise UsageError(f"the effect is {effect}; it must be finite")
    if arms < 1:
        raise UsageError(f"{arms} arms are compared; at least 1 is needed")
    if not 0 < confidence < 1:
        raise UsageError(
            f"confidence is {confidence}; it must lie between 0 and 1, such as 0.95"
        )


def _check_wanted(power_wanted: float, confidence: float) -> None:
    if not 1 - confidence < power_wanted < 1:
        raise UsageError(
            f"power is {power_wanted}; it must lie between {1 - confidence:.3g}, the power for no "
            "change, and 1"
        )
