"""The value axis of learning curves, without the range that only their first epochs need."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

SETTLED = 0.2  # share of the epochs that counts as the start of a curve
WORTH = 1.5  # the start is cut off if it makes the axis this many times longer


def window(curves: Iterable[pd.DataFrame]) -> tuple[float, float] | None:
    """Axis limits that include all means and bands except those of the start.

    Args:
        curves: (epochs, runs) each.

    Returns:
        None if the start fits on the axis as well.
    """
    early, late = [], []
    for curve in curves:
        mean, sd = curve.mean(axis=1), curve.std(axis=1).fillna(0.0)
        ends = np.stack([mean - sd, mean + sd])
        first = min(max(1, int(SETTLED * len(curve))), len(curve) - 1)
        early.append(ends[:, :first])
        late.append(ends[:, first:])
    if not late:
        return None
    late_values = np.concatenate(late, axis=None)
    all_values = np.concatenate([*late, *early], axis=None)
    low, high = float(np.nanmin(late_values)), float(np.nanmax(late_values))
    full_range = float(np.nanmax(all_values) - np.nanmin(all_values))
    if high <= low or full_range < WORTH * (high - low):
        return None
    margin = 0.08 * (high - low)
    return low - margin, high + margin
