"""Collapsed runs, which a mean hides: how many, how many there may be, and a mean without the ends.

Where an arm collapses with some seeds, no interval or test of means holds what it promises. The
number of such runs is a result of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from sweep.errors import UsageError

FAR = 8.0  # robust standard deviations below the arm's median, which no normal run ever is
CUT = 0.2  # of the runs at either end, at least one (Wilcox, "Robust Estimation", 20 %)


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
    """Attributes: value, the mean of the middle runs; cut, how many were left out at either end."""

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
    the median absolute deviation, the arm's own or that pooled over all arms, whichever is
    greater. Where runs agree to the last digit it is 0 and only the floor counts. An arm that
    collapses in most of its runs is found by the floor alone.

    Args:
        values: (n, K), one column an arm, NaN where there is no run.
        goal: of the metric.
        floor: a value that an untrained model reaches, such as chance; None for none.
        confidence: of the upper limits.

    Raises:
        UsageError: values that are not (n, K).
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2:
        raise UsageError(
            f"values of shape {array.shape}; give (n, K), one column an arm"
        )
    better = array if goal == "maximize" else -array
    finite = np.isfinite(better)
    columns = [column[one] for column, one in zip(better.T, finite.T, strict=True)]
    medians = [
        float(np.median(column)) if len(column) else math.nan for column in columns
    ]
    away = [np.abs(c - m) for c, m in zip(columns, medians, strict=True)]
    pooled = float(np.median(np.concatenate(away))) if finite.any() else 0.0
    lowest = None if floor is None else (floor if goal == "maximize" else -floor)
    found = []
    for column, median, own in zip(better.T, medians, away, strict=True):
        deviation = 1.4826 * max(pooled, float(np.median(own)) if len(own) else 0.0)
        runs = []
        for row in np.flatnonzero(np.isfinite(column)):
            far = deviation > 0 and median - column[row] > FAR * deviation
            if far or (lowest is not None and column[row] <= lowest):
                runs.append(int(row))
        n = int(np.isfinite(column).sum())
        found.append(Collapses(tuple(runs), n, upper_limit(len(runs), n, confidence)))
    return tuple(found)


def upper_limit(count: int, n: int, confidence: float = 0.95) -> float:
    """One-sided upper limit of a probability, `count` of n seen (Clopper and Pearson 1934).

    0 of n give 1 − 0.05^(1/n): 45 % for 5 runs, 9.5 % for 30.

    Raises:
        UsageError: a count that is not one of n.
    """
    if not 0 <= count <= n:
        raise UsageError(
            f"{count} of {n} runs collapsed; the count must lie between 0 and {n}"
        )
    if count == n:
        return 1.0
    return float(special.betaincinv(count + 1, n - count, confidence))


def trimmed_mean(values: npt.ArrayLike) -> TrimmedMean | None:
    """The mean without a fifth of the runs at either end, at least one; None below three runs."""
    sample = np.sort(np.asarray(values, dtype=np.float64))
    sample = sample[np.isfinite(sample)]
    if len(sample) < 3:
        return None
    cut = max(1, math.floor(CUT * len(sample)))
    return TrimmedMean(float(np.mean(sample[cut : len(sample) - cut])), cut)
