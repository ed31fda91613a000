"""The cost of tuning: the expected best validation value against the number of trials.

A method that was tuned over more trials looks better. The trials of a random search are
exchangeable, so the expected best of n trials can be estimated from N ≥ n of them (Dodge et al.
2019). The estimate here is unbiased: the mean over all subsets of size n (Tang et al. 2020; the
original estimate, with replacement, is too low). Trials of adaptive and pruned searches are not
exchangeable; for these only the best so far, over repeated searches, can be given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.errors import UsageError
from sweep.statistics.samples import ROUNDING, check_share, finite_vector
from sweep.statistics.t_interval import t_quantile
from sweep.statistics.verdicts import Goal, check_goal

Vector = npt.NDArray[np.float64]
_TIE = 1e-12  # probabilities that are equal on paper may differ by rounding
_SPREAD = (0.1, 0.5, 0.9)  # quantiles of the best of n that a figure shades


@dataclass(frozen=True, slots=True)
class TuningCurve:
    """Best value against trials 1 … N, from exchangeable trials.

    Attributes:
        trials: (N,) 1 … N.
        expected: (N,) unbiased estimate of the expected best value of n trials.
        low, median, high: (N,) 10, 50 and 90 % quantiles of the best of n of these N trials, drawn
            without replacement. They show the variation by luck, not the error of `expected`. At
            n = N there is one such draw, and the three are equal.
        failed: number of trials without a value, which count with the value given for them.
    """

    trials: tuple[int, ...]
    expected: tuple[float, ...]
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]
    failed: int


@dataclass(frozen=True, slots=True)
class BestSoFar:
    """Best value so far over repeated searches.

    Attributes:
        trials: (n,) 1 … length of the shortest repeat.
        mean: (n,) over repeats; NaN while a repeat has no value yet.
        low, high: (n,) t interval of the mean over repeats; NaN with one repeat or no spread.
        repeats: number of searches.
    """

    trials: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    repeats: int


def expected_best(
    values: Sequence[float | None], goal: Goal, failed_value: float | None = None
) -> TuningCurve:
    """Expected best validation value of n = 1 … N trials of a random search.

    With values sorted from worst to best, v₁ … v_N, the mean over all subsets of n is
    Σᵢ vᵢ C(i - 1, n - 1) / C(N, n).

    Args:
        values: (N,) validation value of each trial, in any order, None where it failed or diverged.
        goal: "maximize" or "minimize" the value.
        failed_value: the value to count for a failed trial, such as chance level. A failed trial
            cost a trial, so that leaving it out would make the method look better than it is.

    Raises:
        UsageError: no trial, a value that is not finite, failed trials without `failed_value`, or
            another goal.
    """
    check_goal(goal)
    if not len(values):
        raise UsageError(
            "no trial was given; an expected best value needs at least one"
        )
    failed = sum(value is None for value in values)
    if failed and failed_value is None:
        raise UsageError(
            f"{failed} of {len(values)} trials have no value; give `failed_value`, the value to "
            "count for such a trial (such as chance level): leaving them out would make the search "
            "look better than it is"
        )
    filled = [failed_value if value is None else value for value in values]
    sign = 1.0 if goal == "maximize" else -1.0
    rising = np.sort(sign * finite_vector(np.array(filled, dtype=float), "the values"))
    weights = _weights(len(rising))
    expected = sign * (weights @ rising)
    low, median, high = _quantiles(weights, rising)
    if goal == "minimize":
        low, median, high = -high, -median, -low
    return TuningCurve(
        trials=tuple(range(1, len(rising) + 1)),
        expected=tuple(expected.tolist()),
        low=tuple(low.tolist()),
        median=tuple(median.tolist()),
        high=tuple(high.tolist()),
        failed=failed,
    )


def best_so_far(
    repeats: Sequence[Sequence[float | None]], goal: Goal, confidence: float = 0.95
) -> BestSoFar:
    """Mean over repeated searches of the best value so far, with a t interval over repeats.

    Args:
        repeats: for each search the values of its trials, in the order they were started. None is a
            trial without a result (failed, diverged, pruned), which counts as a trial. Longer
            searches are cut to the length of the shortest.
        goal: "maximize" or "minimize" the value.
        confidence: of the interval at one number of trials.

    Raises:
        UsageError: no search, a search without trials, a value not finite, or another goal.
    """
    check_goal(goal)
    check_share(confidence, "confidence")
    if not repeats or not min(len(search) for search in repeats):
        raise UsageError("at least one search with at least one trial is needed")
    shortest = min(len(search) for search in repeats)
    sign = 1.0 if goal == "maximize" else -1.0
    bests = np.array([_running_best(search[:shortest], sign) for search in repeats])
    mean = sign * bests.mean(axis=0)
    half = _half_widths(bests, confidence)
    return BestSoFar(
        trials=tuple(range(1, shortest + 1)),
        mean=tuple(mean.tolist()),
        low=tuple((mean - half).tolist()),
        high=tuple((mean + half).tolist()),
        repeats=len(repeats),
    )


def _weights(count: int) -> npt.NDArray[np.float64]:
    """(N, N): probability that the i-th smallest of N values is the largest of n drawn ones.

    By logarithms, since C(1000, 500) exceeds the range of floats.
    """
    drawn = np.arange(1, count + 1)[:, None]
    rank = np.arange(1, count + 1)[None, :]
    possible = rank >= drawn
    below = np.where(possible, rank - drawn, 0)
    log_ways = (
        scipy.special.gammaln(rank)
        - scipy.special.gammaln(drawn)
        - scipy.special.gammaln(below + 1)
    )
    log_all = _log_binomial(count, drawn)
    return np.where(possible, np.exp(log_ways - log_all), 0.0)


def _log_binomial(count: int, drawn: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The logarithms of binomial coefficients: `count` over each of `drawn`."""
    numerator = scipy.special.gammaln(count + 1) - scipy.special.gammaln(drawn + 1)
    return np.asarray(numerator - scipy.special.gammaln(count - drawn + 1))


def _quantiles(weights: npt.NDArray[np.float64], rising: Vector) -> list[Vector]:
    """Quantiles (N,) of the best of n, for each of `_SPREAD`."""
    cumulative = np.cumsum(weights, axis=1)
    quantiles = []
    for level in _SPREAD:
        index = np.argmax(cumulative >= level - _TIE, axis=1)
        quantiles.append(rising[index])
    return quantiles


def _running_best(search: Sequence[float | None], sign: float) -> Vector:
    """Largest sign × value so far, NaN before the first."""
    filled = np.array([np.nan if value is None else sign * value for value in search])
    present = np.array([value for value in search if value is not None], dtype=float)
    if not np.isfinite(present).all():
        raise UsageError(
            "a search has values that are not finite; give None for a failed trial"
        )
    return np.asarray(np.fmax.accumulate(filled))


def _half_widths(bests: npt.NDArray[np.float64], confidence: float) -> Vector:
    """Half width of the t interval at each number of trials (n,), NaN where there is no spread."""
    count = len(bests)
    if count == 1:
        return np.full(bests.shape[1], np.nan)
    sd = bests.std(axis=0, ddof=1)
    without_spread = np.ptp(bests, axis=0) <= ROUNDING * np.abs(bests).max(axis=0)
    half = t_quantile(count - 1, (1 - confidence) / 2) * sd / np.sqrt(count)
    return np.where(without_spread, np.nan, half)
