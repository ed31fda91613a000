"""Paired runs whose differences have no spread, so that chance cannot be measured."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sweep.statistics.samples import ROUNDING


def same_runs(arm: npt.ArrayLike, reference: npt.ArrayLike) -> bool:
    """Whether paired differences of finite values (n,) have no spread beyond rounding.

    The differences may be nonzero: if an arm is better by the same amount with every seed, the
    variation of that amount is unknown.
    """
    values = np.asarray(arm, dtype=np.float64)
    reference_values = np.asarray(reference, dtype=np.float64)
    if values.size < 2:
        return True
    largest = float(np.max(np.abs([values, reference_values])))
    return bool(np.ptp(values - reference_values) <= ROUNDING * largest)
