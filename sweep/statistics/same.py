"""When runs agree exactly: what chance cannot be measured by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# A metric computed in float32 carries rounding of 1.2e-7; a difference of two, twice that.
SAME = 2.5e-7  # of the largest value


def same_values(values: npt.ArrayLike) -> bool:
    """Whether finite values (n,) agree to the precision of float32; True for one or none."""
    sample = np.asarray(values, dtype=np.float64)
    if sample.size < 2:
        return True
    return bool(np.ptp(sample) <= SAME * np.max(np.abs(sample)))


def same_runs(arm: npt.ArrayLike, reference: npt.ArrayLike) -> bool:
    """Whether paired differences of finite values (n,) have no spread beyond rounding.

    The differences may be nonzero: an arm that is better by the same amount with every seed says
    nothing about how much the amount varies.
    """
    here = np.asarray(arm, dtype=np.float64)
    there = np.asarray(reference, dtype=np.float64)
    if here.size < 2:
        return True
    largest = max(float(np.max(np.abs(here))), float(np.max(np.abs(there))))
    return bool(np.ptp(here - there) <= SAME * largest)
