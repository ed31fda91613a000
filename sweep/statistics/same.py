"""When runs agree exactly: what chance cannot be measured by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sweep.statistics.samples import ROUNDING


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
    return bool(np.ptp(here - there) <= ROUNDING * largest)
