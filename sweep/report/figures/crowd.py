"""Changes of many arms: all as thin lines in order, and those at both ends by name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from sweep.report.figures.style import LIGHT, canvas, label, value_axis

MOST_NAMED = 60  # arms with a row and a name each; more exceed the height of a page
ENDS = 15  # named arms at each end, if there are more arms than that
_ROW = 0.17  # height of a named row, inches
_ALL = 3.0  # height of the part with all arms, inches


@dataclass(frozen=True)
class Change:
    """The change of one arm with its interval, which may be infinite.

    Attributes:
        arm: its name.
        mean, low, high: the change and the ends of its interval.
        colour: of the row.
        note: text to the right of the row.
    """

    arm: str
    mean: float
    low: float
    high: float
    colour: str
    note: str

    @property
    def is_finite(self) -> bool:
        """Whether the interval is finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def crowd(changes: Sequence[Change], better: str) -> tuple[Figure, Axes]:
    """The figure, and the axes at the bottom, which the caller labels.

    Args:
        changes: of all arms, in any order.
        better: maximize or minimize; the best arms are at the top.
    """
    highest_first = better == "maximize"
    ordered = sorted(changes, key=lambda arm: arm.mean, reverse=highest_first)
    figure = canvas(0.9 + _ALL + 2 * ENDS * _ROW)
    heights = [ENDS * _ROW, _ALL, ENDS * _ROW]
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=heights)
    _draw_named(top, ordered[:ENDS], f"the {ENDS} best")
    _draw_all(middle, ordered)
    _draw_named(bottom, ordered[-ENDS:], f"the {ENDS} worst")
    for axes in (top, middle, bottom):
        axes.axvline(0, color=LIGHT, linewidth=0.8, zorder=0)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    value_axis(bottom)
    return figure, bottom


def _draw_named(axes: Axes, changes: Sequence[Change], title: str) -> None:
    """Draw a row with the arm's name for each change."""
    axes.set_title(title, loc="left")
    right_of_axes = axes.get_yaxis_transform()
    for row, change in enumerate(changes):
        style: dict[str, Any] = {"color": change.colour}
        if change.is_finite:
            ends = [change.low, change.high]
            axes.plot(ends, [row, row], linewidth=1.4, solid_capstyle="butt", **style)
        axes.plot([change.mean], [row], "D", markersize=3.5, label=change.arm, **style)
        axes.text(1.02, row, change.note, transform=right_of_axes, va="center")
    names = [label(change.arm, 26, 1) for change in changes]
    axes.set_yticks(range(len(changes)), names)
    axes.set_ylim(len(changes) - 0.4, -0.6)


def _draw_all(axes: Any, changes: Sequence[Change]) -> None:
    """Draw every change as a thin line without a name; infinite intervals have no line."""
    axes.set_title(f"all {len(changes)} arms, in order", loc="left")
    lines, colours = [], []
    for row, change in enumerate(changes):
        if change.is_finite:
            left_end, right_end = (change.low, row), (change.high, row)
            lines.append([left_end, right_end])
            colours.append(change.colour)
    # Points; the lines of two neighbouring rows do not touch.
    width = min(1.4, 0.6 * 72 * _ALL / len(changes))
    intervals = LineCollection(lines, colors=colours, linewidths=width, alpha=0.6)
    axes.add_collection(intervals)
    means = [change.mean for change in changes]
    rows = range(len(changes))
    axes.plot(means, rows, ".", color="black", markersize=1.5, label="changes")
    axes.set_yticks([])
    axes.set_ylim(len(changes) - 0.5, -0.5)
