"""Student's t interval and test of one estimate with given degrees of freedom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.statistics.samples import check_share, finite_vector, spread


@dataclass(frozen=True, slots=True)
class TInterval:
    """An estimate with its t interval.

    Attributes:
        mean: the estimate, in units of the metric.
        standard_error: of `mean`; 0 if all values are equal, which means that it is unknown.
        df: degrees of freedom, possibly fractional.
        low, high: ends of the two-sided interval; NaN if the standard error is 0.
        confidence: of the interval, in (0, 1).
        p: two-sided p-value for a mean of 0, not adjusted; None if the standard error is 0.
    """

    mean: float
    standard_error: float
    df: float
    low: float
    high: float
    confidence: float
    p: float | None


def t_quantile(df: float, tail: float) -> float:
    """The value that Student's t with `df` degrees of freedom exceeds with probability `tail`."""
    return -float(scipy.special.stdtrit(df, tail))


def t_interval(
    mean: float, standard_error: float, df: float, confidence: float
) -> TInterval:
    """Interval and test of an estimate whose standard error has `df` degrees of freedom.

    Raises:
        UsageError: confidence outside (0, 1).
    """
    check_share(confidence, "confidence")
    if standard_error == 0:
        return TInterval(mean, 0.0, df, math.nan, math.nan, confidence, None)
    half = t_quantile(df, (1 - confidence) / 2) * standard_error
    p = 2 * float(scipy.special.stdtr(df, -abs(mean) / standard_error))
    return TInterval(mean, standard_error, df, mean - half, mean + half, confidence, p)


def satterthwaite(variances: Sequence[float], df: Sequence[float]) -> float:
    """Degrees of freedom of a sum of independent variances (m,) with degrees of freedom (m,).

    (Σ v)² / Σ v²/df (Satterthwaite 1946); the smallest of `df` if all variances are 0.
    """
    total = sum(variances)
    if total == 0:
        return float(min(df))
    pairs = zip(variances, df, strict=True)
    return 1 / sum((variance / total) ** 2 / own_df for variance, own_df in pairs)


def mean_t_interval(values: npt.ArrayLike, confidence: float = 0.95) -> TInterval:
    """Student's interval of the mean of independent values (n,), n ≥ 2.

    Raises:
        UsageError: fewer than two values, one that is not finite, or confidence outside (0, 1).
    """
    sample = finite_vector(values, "the sample", fewest=2)
    error = spread(sample) / math.sqrt(len(sample))
    return t_interval(float(np.mean(sample)), error, len(sample) - 1, confidence)
