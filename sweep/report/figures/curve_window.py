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
        mean = curve.mean(axis=1)
        sd = curve.std(axis=1).fillna(0.0)
        band = np.stack([mean - sd, mean + sd])
        start = _epochs_of_start(len(curve))
        early.append(band[:, :start])
        late.append(band[:, start:])
    if not late:
        return None

    late_values = np.concatenate(late, axis=None)
    all_values = np.concatenate([*late, *early], axis=None)
    low = float(np.nanmin(late_values))
    high = float(np.nanmax(late_values))
    late_range = high - low
    full_range = float(np.nanmax(all_values) - np.nanmin(all_values))
    if high <= low or full_range < WORTH * late_range:
        return None
    margin = 0.08 * late_range
    return low - margin, high + margin


def _epochs_of_start(epochs: int) -> int:
    """How many epochs count as the start of a curve; at least one epoch remains."""
    settled = max(1, int(SETTLED * epochs))
    return min(settled, epochs - 1)
