"""Optimisation history: what the search found, and when."""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D

from sweep.model.trial import State
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

# No value stands for a trial that was stopped or failed: it is marked in a strip of its own under
# the axis.
MARKS = {
    State.PRUNED: ("x", ORANGE),
    State.FAILED: ("X", VERMILLION),
    State.PAUSED: ("s", GREEN),
    State.RUNNING: ("|", PURPLE),
}


@styled
def optimisation(evidence: Evidence) -> Drawing | None:
    """Value of every completed configuration and the best so far; None until the search
    has completed one.
    """
    tried = evidence.searched
    done = [(seen.number + 1, seen.value) for seen in tried if seen.value is not None]
    if not done:
        return None
    own = evidence.history.spec.metric
    best_of = np.maximum.accumulate if own.goal == "maximize" else np.minimum.accumulate
    places, values = (
        np.array([place for place, _ in done]),
        np.array([value for _, value in done]),
    )
    states = [state for state in MARKS if any(seen.state is state for seen in tried)]
    figure = canvas(2.1 + 0.12 * len(states))
    if states:
        axes, strip = figure.subplots(
            2, 1, sharex=True, height_ratios=[1.5, 0.13 * len(states)]
        )
    else:
        axes = strip = figure.subplots()
    axes.plot(
        places,
        values,
        "o",
        color=BLUE,
        markeredgewidth=0,
        label="complete",
        **points(len(done)),
    )
    (line,) = axes.plot(
        np.append(places, len(tried)),
        best_of(np.append(values, values[-1])),
        drawstyle="steps-post",
        color=GREY,
        zorder=1,
        label="best so far",
    )
    for row, state in enumerate(states):
        marker, colour = MARKS[state]
        at = [seen.number + 1 for seen in tried if seen.state is state]
        strip.plot(
            at,
            [row] * len(at),
            marker,
            color=colour,
            markersize=3,
            linestyle="none",
            label=state.value,
        )
    if states:
        strip.set_yticks(range(len(states)), [state.value for state in states])
        strip.set_ylim(len(states) - 0.4, -0.6)
        strip.tick_params(axis="y", length=0)
        axes.tick_params(axis="x", length=0)
        axes.spines["bottom"].set_visible(False)
    count_axes([strip], "Configuration, in the order they were suggested")
    axes.set_ylabel(f"{label(own.name, 26)} {arrow(evidence.history, own.name)}")
    mark = Line2D([], [], marker="o", linestyle="none", color=BLUE, markersize=3)
    legend(figure, [mark, line], ["complete", "best so far"])
    text = (
        f"{counts(seen.state for seen in tried)} configurations; the best so far counts"
        " completed ones only."
    )
    search = evidence.history.spec.search
    if search is not None and len(search.pairs) > 1:
        folds = f" and {search.folds} folds" if search.folds else ""
        text += f" A value is the mean over {len(search.seeds)} seeds{folds}."
    text += " The best of many is better by luck than it is: its value is optimistic."
    return Drawing(figure, f"Search: {own.name} of the configurations tried", text)
