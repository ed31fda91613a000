"""Mean and interval of a few training runs, and Holm's adjustment.

Arms are compared pair by pair (`sweep.statistics.family`), with the same seed and the same fold, so
that variation shared by the pair cancels in the difference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.errors import UsageError

# With fewer pairs, a test or an interval of the difference is not informative.
FEWEST_PAIRS = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of independent values.

    Attributes:
        mean: arithmetic mean.
        sd: sample standard deviation (divisor n - 1), NaN for n = 1.
        n: number of values.
        low, high: Student-t confidence interval of the mean, NaN for n = 1.
        confidence: confidence of the interval, in (0, 1).
    """

    mean: float
    sd: float
    n: int
    low: float
    high: float
    confidence: float


def mean_interval(values: npt.ArrayLike, confidence: float = 0.95) -> Estimate:
    """Mean, standard deviation and t interval of a sample (n,) of independent values.

    Raises:
        UsageError: no values, a value that is not finite, or a confidence outside (0, 1).
    """
    sample = _sample(values, confidence)
    n, mean = len(sample), float(np.mean(sample))
    if n == 1:
        return Estimate(mean, math.nan, 1, math.nan, math.nan, confidence)
    sd = _sd(sample)
    half_width = _t_quantile(confidence, n - 1) * sd / math.sqrt(n)
    low, high = mean - half_width, mean + half_width
    return Estimate(mean, sd, n, low, high, confidence)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment of the p-values (m,) of one family of tests (Holm 1979).

    Rejecting where the adjusted p-value is below α keeps the family-wise error rate at α or less.
    A None stands for a comparison without a test; it stays None and does not count in m.
    """
    tested = np.array([p for p in p_values if p is not None], dtype=np.float64)
    order = np.argsort(tested)
    # The smallest is multiplied by m, the next by m - 1, …; the results must not decrease.
    multiplied = tested[order] * np.arange(len(tested), 0, -1)
    adjusted = np.empty_like(tested)
    adjusted[order] = np.minimum(np.maximum.accumulate(multiplied), 1.0)
    remaining = iter(adjusted.tolist())
    return [None if p is None else next(remaining) for p in p_values]


def hedges_correction(nu: int) -> float:
    """The factor J(ν) < 1 that makes a standardised mean unbiased (Hedges 1981); ν ≥ 2.

    J(ν) = Γ(ν/2) / (√(ν/2) Γ((ν-1)/2)), with ν the degrees of freedom of its standard deviation.
    """
    log_j = scipy.special.gammaln(nu / 2) - 0.5 * math.log(nu / 2)
    log_j -= scipy.special.gammaln((nu - 1) / 2)
    return math.exp(log_j)


def _t_quantile(confidence: float, df: int) -> float:
    return float(scipy.special.stdtrit(df, 0.5 + confidence / 2))


def _sd(sample: npt.NDArray[np.float64]) -> float:
    """Sample standard deviation; exactly 0 if the values differ only by rounding."""
    if np.ptp(sample) <= 1e-12 * np.max(np.abs(sample)):
        return 0.0
    return float(np.std(sample, ddof=1))


def _sample(values: npt.ArrayLike, confidence: float) -> npt.NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not len(sample):
        raise UsageError(
            f"the sample has shape {sample.shape}; allowed: (n,), with at least one"
            " value"
        )
    if not np.isfinite(sample).all():
        raise UsageError(
            f"the sample has {np.count_nonzero(~np.isfinite(sample))} values that are not finite"
        )
    if not 0 < confidence < 1:
        raise UsageError(
            f"confidence is {confidence}; it must lie between 0 and 1, such as 0.95"
        )
    return sample
