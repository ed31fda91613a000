"""The Pareto front of points with several objectives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np


def front(
    values: Sequence[Sequence[float]], goals: Sequence[Literal["maximize", "minimize"]]
) -> list[bool]:
    """Whether each of n points is on the front: not dominated (Deb et al. 2002, §III).

    One point dominates another if it is at least as good in every objective and better in one.
    Equal points do not dominate each other.

    Args:
        values: (n, k), finite.
        goals: of the k objectives.
    """
    if not values:
        return []
    signs = np.array([-1.0 if goal == "maximize" else 1.0 for goal in goals])
    points = np.asarray(values, dtype=np.float64) * signs  # smaller is better in each
    on_front = []
    for point in points:
        as_good = (points <= point).all(axis=1)
        better_in_one = (points < point).any(axis=1)
        on_front.append(not bool((as_good & better_in_one).any()))
    return on_front
