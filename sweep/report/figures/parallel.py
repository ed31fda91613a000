"""Parallel coordinates: every configuration of the search as one line across its parameters."""

from __future__ import annotations

import math
from typing import Any

import matplotlib as mpl
from matplotlib.collections import LineCollection

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
INACTIVE = (
    -0.14
)  # where a line passes an axis whose parameter its configuration does not have


@styled
def parallel(evidence: Evidence) -> Drawing | None:
    """One axis a parameter and one for the value; None without two parameters and two completed
    configurations.

    Completed configurations are coloured by their value; the others are grey and end before the
    value's axis.
    """
    tried = evidence.searched
    complete = [seen for seen in tried if seen.value is not None]
    axes_of = scales(evidence, tried)
    values = [seen.value for seen in complete if seen.value is not None]
    if len(axes_of) < 2 or len(values) < 2:
        return None
    own = evidence.history.spec.metric
    value_axis = Scale(own.name, None, False, min(values), max(values))
    figure = canvas(2.3, COLUMN if len(axes_of) <= 4 else PAGE)
    axes = figure.subplots()
    stopped = [
        _path(axes_of, seen.config)
        for seen in _some([seen for seen in tried if seen.value is None])
    ]
    axes.add_collection(
        LineCollection(
            stopped, colors=LIGHT, linewidths=0.6, linestyles="--", label="stopped"
        )
    )
    ordered = _some(
        sorted(complete, key=lambda s: s.value or 0.0, reverse=own.goal == "minimize")
    )  # the best on top
    norm = mpl.colors.Normalize(
        value_axis.low, max(value_axis.high, value_axis.low + 1e-12)
    )
    lines = [
        [*_path(axes_of, s.config), (float(len(axes_of)), value_axis.fraction(s.value))]
        for s in ordered
    ]
    axes.add_collection(
        LineCollection(
            lines,
            array=[s.value for s in ordered],
            cmap=better_colours(own.goal),
            norm=norm,
            linewidths=1.0,
            label="complete",
        )
    )
    inactive = any(scale.name not in seen.config for scale in axes_of for seen in tried)
    for at, scale in enumerate([*axes_of, value_axis]):
        _axis(axes, at, scale)
    axes.set_xlim(-0.2, len(axes_of) + 0.45)
    axes.set_ylim(INACTIVE - 0.06 if inactive else -0.06, 1.06)
    if inactive:
        axes.axhline(INACTIVE, color=GREY, linewidth=0.4, linestyle=":", zorder=0)
        axes.text(-0.22, INACTIVE, "inactive", ha="right", va="center", color=GREY)
    axes.set_yticks([])
    titles = [label(scale.name, 10) for scale in axes_of] + [
        f"{label(own.name, 10)} {arrow(evidence.history, own.name)}"
    ]
    axes.set_xticks(range(len(titles)), titles)
    axes.tick_params(axis="x", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    states = counts(seen.state for seen in tried)
    text = (
        f"Each line is a configuration ({states}), coloured by its value on the last"
        " axis, darker for better"
    )
    if stopped:
        text += "; those without a result are dashed grey and end before it"
    if inactive:
        text += "; a line passes below the axis of a parameter that its configuration does not have"
    if len(lines) + len(stopped) < len(tried):
        text += (
            f". Drawn are {len(lines)} of those with a result, evenly spaced, and"
            f" {len(stopped)} of the others"
        )
    return Drawing(
        figure, "Parallel coordinates of the configurations tried", text + "."
    )


def _some(ordered: list[Searched]) -> list[Searched]:
    """At most `MOST`, evenly spaced, with the last."""
    return ordered[:: -max(1, -(-len(ordered) // MOST))][::-1]


def _path(axes_of: list[Scale], config: Any) -> list[tuple[float, float]]:
    return [
        (
            float(at),
            scale.fraction(config[scale.name]) if scale.name in config else INACTIVE,
        )
        for at, scale in enumerate(axes_of)
    ]


def _axis(axes: Any, at: int, scale: Scale) -> None:
    axes.plot([at, at], [0, 1], color=GREY, linewidth=0.6, zorder=3)
    ticks = scale.ticks(width=9, most=5)
    if scale.choices is None and not math.isclose(scale.low, scale.high):
        ticks = [(0.0, number(scale.low)), (1.0, number(scale.high))]
    for height, text in ticks:
        # opaque: a number that lines shine through cannot be read
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        axes.text(at + 0.05, height, text, va="center", ha="left", bbox=box, zorder=4)
