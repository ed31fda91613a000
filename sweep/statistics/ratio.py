"""A change in percent: the interval of a ratio of two means, paired by seed (Fieller 1954).

It includes the error of the reference's mean, unlike an interval that is divided by that mean. With
the critical value of the family it excludes 0 % exactly where the change's interval excludes 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RelativeChange:
    """(mean(arm) − mean(reference)) / |mean(reference)|, as a share: 0.05 is +5 %.

    The sign is that of the change, also if the reference is negative.

    Attributes:
        value: NaN where the reference's mean is 0.
        low, high: NaN where no finite interval exists, as the reference's mean may be 0.
    """

    value: float
    low: float
    high: float


def relative_change(
    arm: npt.ArrayLike,
    reference: npt.ArrayLike,
    critical: float,
    *,
    test_to_train: float = 0.0,
) -> RelativeChange:
    """Fieller's interval: all ρ with (ā − ρ b̄)² ≤ c² · var(ā − ρ b̄).

    If all values are positive, the ratio cannot be negative, and the interval ends at −100 %.

    Args:
        arm, reference: paired values (n,), finite.
        critical: c, `contrast.Contrast.critical`, or a quantile of Student's t.
        test_to_train: see `family.compare`.

    Raises:
        UsageError: unequal lengths, no pair, or a value that is not finite.
    """
    a, b = _pairs(arm, reference)
    if np.mean(b) == 0:
        return RelativeChange(math.nan, math.nan, math.nan)
    sign = math.copysign(1.0, float(np.mean(b)))
    value = sign * float(np.mean(a) / np.mean(b) - 1)
    none = RelativeChange(value, math.nan, math.nan)
    if len(a) < 2 or not math.isfinite(critical):
        return none
    # Measured from ρ = 1, on the change d = a − b, so that a small change loses no digits.
    d = a - b
    covariance = np.cov(d, b) * (1 / len(a) + test_to_train) * critical**2
    squared = float(np.mean(b) ** 2 - covariance[1, 1])
    if squared <= 0:
        return none
    crossed = float(np.mean(d) * np.mean(b) - covariance[0, 1])
    constant = float(np.mean(d) ** 2 - covariance[0, 0])
    root = math.sqrt(max(crossed**2 - squared * constant, 0.0))
    low, high = (crossed - root) / squared, (crossed + root) / squared
    if a.min() >= 0 and b.min() >= 0:
        low, high = max(low, -1.0), max(high, -1.0)
    if sign < 0:
        low, high = -high, -low
    return RelativeChange(value, low, high)


def _pairs(arm: npt.ArrayLike, reference: npt.ArrayLike) -> tuple[Array, Array]:
    """The values as two arrays (n,).

    Raises:
        UsageError: their shapes differ, they are empty, or a value is not finite.
    """
    a = np.asarray(arm, dtype=np.float64)
    b = np.asarray(reference, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or not len(a):
        raise UsageError(
            f"values of shapes {a.shape} and {b.shape}; allowed: pairs, (n,) and (n,)"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise UsageError(
            "a relative change needs finite values; leave out pairs without a run"
        )
    return a, b
