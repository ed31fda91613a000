"""Detect runs that are no evidence: seeds that agree, and arms that coincide.

Each function compares the reported curves (n, E) of n seeds over E epochs, NaN where an epoch has
no value. A curve may be a single value, the run's result.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.statistics.samples import ROUNDING

Array = npt.NDArray[np.float64]

# Distinct values of a curve; with fewer, two runs may be equal by chance.
FEWEST_VALUES = 3
NEAR = 0.1  # of the standard deviation between seeds; arms closer than this coincide


class Likeness(StrEnum):
    """How two arms coincide."""

    EXACT = "exact"  # equal values with every seed: a parameter that is never read
    NEAR = "near"  # differences far below those between seeds


def seeds_agree(curves: npt.ArrayLike) -> bool:
    """Whether the runs of an arm (n, E) are all equal: a trainer that never reads its seed.

    False for a single run, and if runs have different epochs.
    """
    array = _curves(curves)
    if len(array) < 2 or not np.isfinite(array).any():
        return False
    missing = np.isnan(array)
    has_other_epochs = (missing != missing[0]).any()
    if has_other_epochs:
        return False
    first_run = array[0]
    largest_difference = np.nanmax(np.abs(array - first_run))
    largest = float(np.nanmax(np.abs(array)))
    return bool(largest_difference <= ROUNDING * largest)


def repeated_runs(curves: npt.ArrayLike) -> list[list[int]]:
    """Groups of equal runs (n, E), as rows: a trainer that uses only a part of its seed.

    Only curves with at least three distinct values are compared, as runs of a coarse metric may
    agree by chance in one or two values.
    """
    array = _curves(curves)
    rows_by_curve: dict[bytes, list[int]] = {}
    for row, curve in enumerate(array):
        finite = curve[np.isfinite(curve)]
        distinct = np.unique(finite)
        if len(distinct) >= FEWEST_VALUES:
            rows_by_curve.setdefault(curve.tobytes(), []).append(row)
    return [rows for rows in rows_by_curve.values() if len(rows) > 1]


def likeness(arm: npt.ArrayLike, reference: npt.ArrayLike) -> Likeness | None:
    """Whether two arms (n, E), paired by seed, coincide; None if they do not.

    `NEAR`: with every seed, the root mean square difference of the paired curves is below a tenth
    of the standard deviation between seeds (root mean square over epochs and both arms).
    """
    a, b = _curves(arm), _curves(reference)
    if a.shape != b.shape:
        raise UsageError(
            f"curves of shapes {a.shape} and {b.shape}; allowed: pairs, (n, E) and (n, E)"
        )
    both = np.isfinite(a) & np.isfinite(b)
    if not both.any():
        return None
    is_paired = both.any(axis=1)
    a, b, both = a[is_paired], b[is_paired], both[is_paired]
    difference = np.where(both, a - b, 0.0)
    largest = max(float(np.abs(a[both]).max()), float(np.abs(b[both]).max()))
    is_equal = np.abs(difference).max() <= ROUNDING * largest
    if is_equal:
        same_epochs = (np.isnan(a) == np.isnan(b)).all()
        return Likeness.EXACT if same_epochs else None
    between = _between_seeds(np.where(both, a, np.nan), np.where(both, b, np.nan))
    sum_of_squares = np.square(difference).sum(axis=1)
    distance = np.sqrt(sum_of_squares / both.sum(axis=1))
    is_near = (distance < NEAR * between).all()
    return Likeness.NEAR if is_near else None


def _between_seeds(a: Array, b: Array) -> float:
    """Standard deviation between seeds within an epoch, root mean square; 0 if unknown."""
    variances = []
    for curves in (a, b):
        for epoch in curves.T:
            values = epoch[np.isfinite(epoch)]
            if len(values) > 1:
                variance = np.var(values, ddof=1)
                variances.append(float(variance))
    if not variances:
        return 0.0
    return float(np.sqrt(np.mean(variances)))


def _curves(values: npt.ArrayLike) -> Array:
    """Return curves as an array (n, E); single values are curves of one epoch.

    Raises:
        UsageError: another number of dimensions, or an infinite value.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or np.isinf(array).any():
        raise UsageError(
            f"curves of shape {array.shape}; allowed: (n, E), NaN where there is no value"
        )
    return array
