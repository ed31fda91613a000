"""Parallel coordinates: every configuration of the search as one line across its parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from sweep.model.trial import Goal
from sweep.report.evidence import Evidence, arrow
from sweep.report.figures.scale import Scale, number, scales
from sweep.report.figures.style import (
    COLUMN,
    GREY,
    LIGHT,
    PAGE,
    Drawing,
    better_colours,
    canvas,
    label,
    styled,
)
from sweep.report.figures.values import counts
from sweep.report.searched import Searched

MOST = 200  # lines of a kind; more hide each other
INACTIVE = -0.14  # height of a line at the axis of a parameter that it does not have


@styled
def parallel(evidence: Evidence) -> Drawing | None:
    """One axis per parameter, and one for the value.

    Completed configurations are coloured by their value. The others are grey and end before the
    value's axis. None without two parameters and two completed configurations.
    """
    tried = evidence.searched
    axes_of = scales(evidence, tried)
    complete = [one for one in tried if one.value is not None]
    if len(axes_of) < 2 or len(complete) < 2:
        return None
    metric = evidence.history.spec.metric
    values = [_value(one) for one in complete]
    value_axis = Scale(metric.name, None, False, min(values), max(values))
    without_value = _some([one for one in tried if one.value is None])
    ranked = sorted(complete, key=_value, reverse=metric.goal == "minimize")
    best_last = _some(ranked)  # so that the best lines are drawn on top
    inactive = any(scale.name not in one.config for scale in axes_of for one in tried)

    figure = canvas(2.3, COLUMN if len(axes_of) <= 4 else PAGE)
    axes = figure.subplots()
    _draw_stopped(axes, axes_of, without_value)
    _draw_complete(axes, axes_of, value_axis, best_last, metric.goal)
    for position, scale in enumerate([*axes_of, value_axis]):
        _draw_axis(axes, position, scale)
    if inactive:
        axes.axhline(INACTIVE, color=GREY, linewidth=0.4, linestyle=":", zorder=0)
        axes.text(-0.22, INACTIVE, "inactive", ha="right", va="center", color=GREY)
    axes.set_xlim(-0.2, len(axes_of) + 0.45)
    axes.set_ylim(INACTIVE - 0.06 if inactive else -0.06, 1.06)
    titles = [label(scale.name, 10) for scale in axes_of]
    titles.append(f"{label(metric.name, 10)} {arrow(evidence.history, metric.name)}")
    _label(axes, titles)
    caption = _caption(tried, len(best_last), len(without_value), inactive=inactive)
    return Drawing(figure, "Parallel coordinates of the configurations tried", caption)


def _value(configuration: Searched) -> float:
    """The value of a configuration that has one."""
    return configuration.value or 0.0


def _draw_stopped(
    axes: Axes, axes_of: Sequence[Scale], stopped: Sequence[Searched]
) -> None:
    """Draw the configurations without a value as dashed lines."""
    lines = [_line(axes_of, one.config) for one in stopped]
    style: dict[str, Any] = {"colors": LIGHT, "linewidths": 0.6, "linestyles": "--"}
    axes.add_collection(LineCollection(lines, label="stopped", **style))


def _draw_complete(
    axes: Axes,
    axes_of: Sequence[Scale],
    value_axis: Scale,
    complete: Sequence[Searched],
    goal: Goal,
) -> None:
    """Draw the completed configurations, coloured by their values."""
    end = float(len(axes_of))
    lines = []
    for configuration in complete:
        value_point = (end, value_axis.fraction(configuration.value))
        line = [*_line(axes_of, configuration.config), value_point]
        lines.append(line)
    high = max(value_axis.high, value_axis.low + 1e-12)
    axes.add_collection(
        LineCollection(
            lines,
            array=[configuration.value for configuration in complete],
            cmap=better_colours(goal),
            norm=mpl.colors.Normalize(value_axis.low, high),
            linewidths=1.0,
            label="complete",
        )
    )


def _draw_axis(axes: Axes, position: int, scale: Scale) -> None:
    """Draw the vertical axis of one parameter, or of the value, with its ticks."""
    axes.plot([position, position], [0, 1], color=GREY, linewidth=0.6, zorder=3)
    ticks = scale.ticks(width=9, most=5)
    if scale.choices is None and not math.isclose(scale.low, scale.high):
        ticks = [(0.0, number(scale.low)), (1.0, number(scale.high))]
    # Opaque, so that lines do not cross the numbers.
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    for height, text in ticks:
        axes.text(
            position + 0.05, height, text, va="center", ha="left", bbox=box, zorder=4
        )


def _label(axes: Axes, titles: Sequence[str]) -> None:
    """Write the names of the axes below them, and remove the frame."""
    axes.set_yticks([])
    axes.set_xticks(range(len(titles)), titles)
    axes.tick_params(axis="x", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _some(ordered: list[Searched]) -> list[Searched]:
    """At most `MOST` of them, evenly spaced, always with the last."""
    step = max(1, -(-len(ordered) // MOST))
    return ordered[::-step][::-1]


def _line(axes_of: Sequence[Scale], config: Any) -> list[tuple[float, float]]:
    """A configuration's point on each axis: (position of the axis, height)."""
    line = []
    for position, scale in enumerate(axes_of):
        height = INACTIVE
        if scale.name in config:
            height = scale.fraction(config[scale.name])
        line.append((float(position), height))
    return line


def _caption(
    tried: Sequence[Searched], complete: int, stopped: int, *, inactive: bool
) -> str:
    """The caption.

    Args:
        tried: every configuration.
        complete: how many of those with a value are drawn.
        stopped: how many of those without a value are drawn.
        inactive: whether a line passes below the axis of a parameter.
    """
    states = counts(configuration.state for configuration in tried)
    text = (
        f"Each line is a configuration ({states}), coloured by its value on the last"
        " axis, darker for better"
    )
    if stopped:
        text += "; those without a result are dashed grey and end before it"
    if inactive:
        text += "; a line passes below the axis of a parameter that its configuration does not have"
    if complete + stopped < len(tried):
        text += (
            f". Drawn are {complete} of those with a result, evenly spaced, and"
            f" {stopped} of the others"
        )
    return f"{text}."
