"""Optimisation history: the value of every configuration in the order of suggestion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sweep.model.trial import Goal, State
from sweep.report.evidence import Evidence, arrow
from sweep.report.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    Drawing,
    canvas,
    count_axes,
    label,
    legend,
    points,
    styled,
)
from sweep.report.figures.values import counts
from sweep.report.searched import Searched

# A stopped or failed trial has no value: it is marked in a separate strip below the axis.
MARKS = {
    State.PRUNED: ("x", ORANGE),
    State.FAILED: ("X", VERMILLION),
    State.PAUSED: ("s", GREEN),
    State.RUNNING: ("|", PURPLE),
}


@styled
def optimisation(evidence: Evidence) -> Drawing | None:
    """The value of every completed configuration, and the best so far.

    None until the search has completed a configuration.
    """
    tried = evidence.searched
    if all(configuration.value is None for configuration in tried):
        return None
    metric = evidence.history.spec.metric
    present = {configuration.state for configuration in tried}
    states = [state for state in MARKS if state in present]
    figure = canvas(2.1 + 0.12 * len(states))
    if states:
        ratios = [1.5, 0.13 * len(states)]
        axes, strip = figure.subplots(2, 1, sharex=True, height_ratios=ratios)
        _draw_strip(strip, tried, states)
        axes.tick_params(axis="x", length=0)
        axes.spines["bottom"].set_visible(False)
    else:
        axes = strip = figure.subplots()
    line = _draw_values(axes, tried, metric.goal)
    count_axes([strip], "Configuration, in the order of suggestion")
    axes.set_ylabel(f"{label(metric.name, 26)} {arrow(evidence.history, metric.name)}")
    mark = Line2D([], [], marker="o", linestyle="none", color=BLUE, markersize=3)
    legend(figure, [mark, line], ["complete", "best so far"])
    title = f"Search: {metric.name} of the configurations tried"
    return Drawing(figure, title, _caption(evidence))


def _draw_values(axes: Axes, tried: Sequence[Searched], goal: Goal) -> Line2D:
    """A dot per completed configuration, and the best so far as a line, which is returned."""
    complete = [(one.number + 1, one.value) for one in tried if one.value is not None]
    positions, values = map(np.array, zip(*complete, strict=True))
    style: dict[str, Any] = {"color": BLUE, "markeredgewidth": 0}
    style |= points(len(complete))
    axes.plot(positions, values, "o", label="complete", **style)
    best_of = np.maximum.accumulate if goal == "maximize" else np.minimum.accumulate
    (line,) = axes.plot(
        np.append(positions, len(tried)),
        best_of(np.append(values, values[-1])),
        drawstyle="steps-post",
        color=GREY,
        zorder=1,
        label="best so far",
    )
    return line


def _draw_strip(
    strip: Axes, tried: Sequence[Searched], states: Sequence[State]
) -> None:
    """A row of marks for each state without a value."""
    for row, state in enumerate(states):
        marker, colour = MARKS[state]
        positions = [one.number + 1 for one in tried if one.state is state]
        strip.plot(
            positions,
            [row] * len(positions),
            marker,
            color=colour,
            markersize=3,
            linestyle="none",
            label=state.value,
        )
    strip.set_yticks(range(len(states)), [state.value for state in states])
    strip.set_ylim(len(states) - 0.4, -0.6)
    strip.tick_params(axis="y", length=0)


def _caption(evidence: Evidence) -> str:
    """The caption: how many configurations there are, and what a value is."""
    states = counts(configuration.state for configuration in evidence.searched)
    text = (
        f"{states} configurations; only completed ones count towards the best so far."
    )
    search = evidence.history.spec.search
    if search is not None and len(search.pairs) > 1:
        folds = f" and {search.folds} folds" if search.folds else ""
        text += f" A value is the mean over {len(search.seeds)} seeds{folds}."
    return (
        f"{text} Selection bias: the best of many looks better than it is, so that its"
        " value is optimistic."
    )
