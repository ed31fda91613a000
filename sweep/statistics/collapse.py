"""Collapsed runs: their number, its upper limit, and the trimmed mean.

If an arm collapses with some seeds, intervals and tests of means lose their coverage. The number of
collapsed runs is a separate result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.errors import UsageError

FAR = 8.0  # robust standard deviations below the arm's median, beyond any normal run
CUT = 0.2  # share of the runs at each end, at least one (Wilcox, "Robust Estimation", 20 %)


@dataclass(frozen=True, slots=True)
class Collapses:
    """How often an arm collapsed.

    Attributes:
        runs: positions of the collapsed runs.
        n: runs with a result, or known to have failed.
        limit: 95 % upper limit of the probability of a collapse; 1 − 0.05^(1/n) without any.
    """

    runs: tuple[int, ...]
    n: int
    limit: float


@dataclass(frozen=True, slots=True)
class TrimmedMean:
    """A mean without the extreme runs.

    Attributes:
        value: the mean of the middle runs.
        cut: number of runs left out at each end.
    """

    value: float
    cut: int


def collapses(
    values: npt.ArrayLike,
    goal: Literal["maximize", "minimize"],
    *,
    floor: float | None = None,
    confidence: float = 0.95,
) -> tuple[Collapses, ...]:
    """The collapsed runs of each arm of a table.

    A run has collapsed if it is worse than its arm's median by more than eight robust standard
    deviations, or if it is not better than `floor`. The robust standard deviation is 1.4826 times
    the median absolute deviation of the arm, or of all arms pooled, whichever is greater. If all
    runs are equal it is 0, and only the floor counts. An arm that collapses in most of its runs is
    detected by the floor alone.

    Args:
        values: (n, K), one column per arm, NaN where there is no run.
        goal: of the metric.
        floor: a value that an untrained model reaches, such as chance; None: no floor.
        confidence: of the upper limits.

    Raises:
        UsageError: values that are not (n, K).
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2:
        raise UsageError(
            f"values of shape {array.shape}; allowed: (n, K), one column per arm"
        )
    sign = 1.0 if goal == "maximize" else -1.0
    better = sign * array
    lowest = -math.inf if floor is None else sign * floor
    deviations = [_deviations(column) for column in better.T]
    all_deviations = np.concatenate(deviations) if deviations else np.empty(0)
    pooled = float(np.median(all_deviations)) if len(all_deviations) else 0.0
    results = []
    for column, of_arm in zip(better.T, deviations, strict=True):
        finite = np.isfinite(column)
        n = int(finite.sum())
        runs: list[int] = []
        if n:
            limit = 1.4826 * max(pooled, float(np.median(of_arm))) * FAR
            far = (np.median(column[finite]) - column > limit) & (limit > 0)
            runs = np.flatnonzero(finite & (far | (column <= lowest))).tolist()
        results.append(Collapses(tuple(runs), n, upper_limit(len(runs), n, confidence)))
    return tuple(results)


def _deviations(column: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Absolute deviations of an arm's runs from their median, without NaN."""
    sample = column[np.isfinite(column)]
    return np.abs(sample - np.median(sample)) if len(sample) else sample


def upper_limit(count: int, n: int, confidence: float = 0.95) -> float:
    """One-sided upper limit of a probability from `count` of n (Clopper and Pearson 1934).

    A count of 0 gives 1 − 0.05^(1/n): 45 % for 5 runs, 9.5 % for 30.

    Raises:
        UsageError: a count below 0 or above n.
    """
    if not 0 <= count <= n:
        raise UsageError(
            f"{count} of {n} runs collapsed; the count must lie between 0 and {n}"
        )
    if count == n:
        return 1.0
    return float(scipy.special.betaincinv(count + 1, n - count, confidence))


def trimmed_mean(values: npt.ArrayLike) -> TrimmedMean | None:
    """The mean without a fifth of the runs at each end (at least one); None below three runs."""
    sample = np.sort(np.asarray(values, dtype=np.float64))
    sample = sample[np.isfinite(sample)]
    if len(sample) < 3:
        return None
    cut = max(1, math.floor(CUT * len(sample)))
    return TrimmedMean(float(np.mean(sample[cut : len(sample) - cut])), cut)
