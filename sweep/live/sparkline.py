"""A curve as a line of blocks: ▁▃▅▆▇▇█."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 12  # blocks


def sparkline(values: Sequence[float], width: int = WIDTH) -> str:
    """The curve from its lowest to its highest value.

    Args:
        values: finite, in order.
        width: blocks at most; a longer curve is cut into as many parts, and each shows
            its last value.
    """
    if not values:
        return ""
    shown = _thinned(values, width)
    low, high = min(shown), max(shown)
    if low == high:
        return BLOCKS[0] * len(shown)
    top = len(BLOCKS) - 1
    levels = (round((value - low) / (high - low) * top) for value in shown)
    return "".join(BLOCKS[level] for level in levels)


def _thinned(values: Sequence[float], width: int) -> list[float]:
    """At most `width` values, evenly spaced, always with the last."""
    count = len(values)
    if count <= width:
        return list(values)
    ends = ((part + 1) * count // width - 1 for part in range(width))
    return [values[end] for end in ends]
