"""Which part of the value axis learning curves are drawn on: not the one that their start needs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

SETTLED = 0.2  # share of the epochs after which curves have left their start behind
WORTH = 1.5  # so many times must the start stretch the axis before it is cut off


def window(curves: Iterable[pd.DataFrame]) -> tuple[float, float] | None:
    """Limits that hold all means and bands but those of the start; None: the start fits as well.

    Args:
        curves: (epochs, runs) each.
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
    settled = np.concatenate([each.ravel() for each in late])
    everything = np.concatenate([settled, *(each.ravel() for each in early)])
    low, high = float(np.nanmin(settled)), float(np.nanmax(settled))
    full = float(np.nanmax(everything) - np.nanmin(everything))
    if high <= low or full < WORTH * (high - low):
        return None
    margin = 0.08 * (high - low)
    return low - margin, high + margin
