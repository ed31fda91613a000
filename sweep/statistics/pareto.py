"""Which of several compromises are worth looking at: the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np


def front(
    values: Sequence[Sequence[float]], goals: Sequence[Literal["maximize", "minimize"]]
) -> list[bool]:
    """Whether each of n points is dominated by none (Deb et al. 2002, §III).

    One point dominates another if it is at least as good in every objective and better in one; of
    equal points none dominates the other.

    Args:
        values: (n, k), finite.
        goals: of the k objectives.
    """
    if not values:
        return []
    signs = np.array([-1.0 if goal == "maximize" else 1.0 for goal in goals])
    points = np.asarray(values, dtype=np.float64) * signs  # smaller is better in each
    found = []
    for point in points:
        as_good = (points <= point).all(axis=1)
        found.append(not bool((as_good & (points < point).any(axis=1)).any()))
    return found
