"""Checks of samples and levels that several statistics share, and their standard deviation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

# A metric computed in float32 has a relative rounding error of 1.2e-7, a difference twice that.
ROUNDING = 2.5e-7


def finite_vector(values: npt.ArrayLike, name: str, fewest: int = 1) -> Vector:
    """One-dimensional array (n,) of at least `fewest` finite values; `name` is for messages.

    Raises:
        UsageError: a wrong shape, too few values, or a value that is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise UsageError(
            f"{name} has shape {array.shape}; allowed: one dimension, (n,)"
        )
    if len(array) < fewest:
        raise UsageError(
            f"{name} has {len(array)} values; at least {fewest} are needed: train more seeds"
        )
    _check_finite(array, name)
    return array


def finite_matrix(values: npt.ArrayLike, name: str, axes: str) -> Matrix:
    """Two-dimensional array of finite values; `axes` is for messages, e.g. "(seeds, arms)".

    Raises:
        UsageError: a wrong shape, an empty axis, or a value that is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or not array.size:
        raise UsageError(
            f"{name} has shape {array.shape}; allowed: two dimensions, {axes}"
        )
    _check_finite(array, name)
    return array


def finite_array(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    """Array of any shape with at least one value, all finite.

    Raises:
        UsageError: no value, or one that is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if not array.size:
        raise UsageError(f"{name} is empty; at least one finite value is needed")
    _check_finite(array, name)
    return array


def paired_differences(arm: npt.ArrayLike, baseline: npt.ArrayLike) -> Vector:
    """Arm minus baseline (n,) of pairs; exactly equal if they differ by rounding only.

    If an arm is better by the same amount with every seed, the variation of that amount is unknown,
    and rounding errors must not be taken for it.

    Raises:
        UsageError: fewer than two pairs, different lengths, or a value that is not finite.
    """
    values = finite_vector(arm, "the arm", fewest=2)
    reference = finite_vector(baseline, "the baseline", fewest=2)
    if len(values) != len(reference):
        raise UsageError(
            f"the arm has {len(values)} seeds and the baseline {len(reference)}; pair them by seed "
            "and leave out seeds that one of them lacks"
        )
    differences = values - reference
    largest = max(float(np.max(np.abs(values))), float(np.max(np.abs(reference))))
    if np.ptp(differences) <= ROUNDING * largest:
        return np.full_like(differences, np.mean(differences))
    return np.asarray(differences)


def check_share(value: float, name: str) -> None:
    """Check that a probability or level is strictly between 0 and 1.

    Raises:
        UsageError: it is not.
    """
    if not 0 < value < 1:
        raise UsageError(
            f"{name} is {value}; it must lie between 0 and 1, such as 0.95 or 0.05"
        )


def check_at_least(value: int, fewest: int, name: str) -> None:
    """Check that a count is at least `fewest`.

    Raises:
        UsageError: it is smaller.
    """
    if value < fewest:
        raise UsageError(f"{name} is {value}; at least {fewest} is needed")


def spread(sample: Vector) -> float:
    """Standard deviation (divisor n - 1) of at least two values (n,).

    Exactly 0 for values that differ by rounding only: their spread is unknown, not tiny.
    """
    if np.ptp(sample) <= ROUNDING * np.max(np.abs(sample)):
        return 0.0
    return float(np.std(sample, ddof=1))


def _check_finite(array: npt.NDArray[np.float64], name: str) -> None:
    count = np.count_nonzero(~np.isfinite(array))
    if count:
        raise UsageError(
            f"{name} has {count} values that are not finite; leave out trials without a result"
        )
