"""Changes of many arms: all of them as thin lines in order, and those at either end by name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from sweep.report.figures.style import LIGHT, canvas, label, value_axis

MOST_NAMED = (
    60  # arms with a row and a name each; more make a picture longer than a page
)
ENDS = 15  # named arms at either end of more
_ROW, _ALL = 0.17, 3.0  # inches: a named row, and all arms together


@dataclass(frozen=True)
class Change:
    """The change of one arm, and its interval, which may not be finite."""

    arm: str
    mean: float
    low: float
    high: float
    colour: str
    said: str


def crowd(changes: Sequence[Change], better: str) -> tuple[Figure, Axes]:
    """The figure, and the axes whose label says what is changed.

    Args:
        changes: of all arms, in any order.
        better: maximize or minimize: the best arms are at the top.
    """
    ordered = sorted(changes, key=lambda each: each.mean, reverse=better == "maximize")
    figure = canvas(0.9 + _ALL + 2 * ENDS * _ROW)
    heights = [ENDS * _ROW, _ALL, ENDS * _ROW]
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=heights)
    _named(top, ordered[:ENDS], f"the {ENDS} best")
    _all(middle, ordered)
    _named(bottom, ordered[-ENDS:], f"the {ENDS} worst")
    for axes in (top, middle, bottom):
        axes.axvline(0, color=LIGHT, linewidth=0.8, zorder=0)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    value_axis(bottom)
    return figure, bottom


def _named(axes: Axes, changes: Sequence[Change], title: str) -> None:
    axes.set_title(title, loc="left")
    for row, each in enumerate(changes):
        _interval(axes, each, row, 1.4)
        axes.plot(
            [each.mean], [row], "D", color=each.colour, markersize=3.5, label=each.arm
        )
        place = axes.get_yaxis_transform()
        axes.text(1.02, row, each.said, transform=place, va="center")
    axes.set_yticks(range(len(changes)), [label(each.arm, 26, 1) for each in changes])
    axes.set_ylim(len(changes) - 0.4, -0.6)


def _all(axes: Any, changes: Sequence[Change]) -> None:
    axes.set_title(f"all {len(changes)} arms, in order", loc="left")
    lines, colours = [], []
    for row, each in enumerate(changes):
        if math.isfinite(each.low) and math.isfinite(each.high):
            lines.append([(each.low, row), (each.high, row)])
            colours.append(each.colour)
    width = min(1.4, 0.6 * 72 * _ALL / len(changes))
    axes.add_collection(
        LineCollection(lines, colors=colours, linewidths=width, alpha=0.6)
    )
    means = [each.mean for each in changes]
    axes.plot(
        means, range(len(changes)), ".", color="black", markersize=1.5, label="changes"
    )
    axes.set_yticks([])
    axes.set_ylim(len(changes) - 0.5, -0.5)


def _interval(axes: Axes, each: Change, row: int, width: float) -> None:
    if math.isfinite(each.low) and math.isfinite(each.high):
        ends = [each.low, each.high]
        axes.plot(
            ends, [row, row], color=each.colour, linewidth=width, solid_capstyle="butt"
        )
