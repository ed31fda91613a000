"""Pruning timeline: how far each trial of the search came, and where the pruner looked."""

from __future__ import annotations

from itertools import accumulate, groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from sweep.model.trial import State, Trial
from sweep.report.cost import saved_epochs
from sweep.report.evidence import Evidence
from sweep.report.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    Drawing,
    canvas,
    count_axes,
    legend,
    styled,
)
from sweep.report.figures.values import STATE_ORDER, counts
from sweep.stopping import Looks

_COLOURS = {
    State.COMPLETE: BLUE,
    State.PRUNED: ORANGE,
    State.FAILED: VERMILLION,
    State.PAUSED: GREEN,
    State.RUNNING: PURPLE,
}
_ENDS = {
    State.COMPLETE: "None",
    State.PRUNED: "x",
    State.FAILED: "X",
    State.PAUSED: "s",
    State.RUNNING: ">",
}  # at the end of a bar
_HATCHES = {
    State.COMPLETE: "",
    State.PRUNED: "////",
    State.FAILED: "xxxx",
    State.PAUSED: "----",
    State.RUNNING: "....",
}
MOST_APART = 200  # trials; more are lines too thin to follow


@styled
def timeline(evidence: Evidence) -> Drawing | None:
    """One bar a trial; None when the study prunes nothing."""
    trials = _ordered(evidence.history.stage("search"))
    rule = evidence.history.spec.early_terminate
    pruned = any(trial.state is State.PRUNED for trial in trials)
    if not any(trial.reports for trial in trials) or (
        rule.type == "none" and not pruned
    ):
        return None
    budgets = [epochs for trial in trials if (epochs := trial.budget) is not None]
    longest = max([*budgets, *(trial.epochs_trained for trial in trials)])
    rows = len(trials)
    height = min(max(0.11 * rows, 0.8), 5.0)
    figure = canvas(height + 0.8)
    axes = figure.subplots()
    states = [
        state for state in STATE_ORDER if any(trial.state is state for trial in trials)
    ]
    if rows <= MOST_APART:
        width = min(72 * height / rows * 0.75, 6.0)  # points: three quarters of a row
        handles = [_bars(axes, trials, state, width) for state in states]
    else:
        handles = [_area(axes, trials, state) for state in states]
    looks = rule.looks(longest)
    for rung in looks.epochs:
        axes.axvline(
            rung,
            color=GREY,
            linewidth=0.7,
            linestyle=":",
            zorder=3,
            label=f"rung {rung}",
        )
    axes.set_xlim(0, longest * 1.02)
    axes.set_ylim(rows - 0.4, -0.6)
    step = max(1, -(-rows // 20))
    if rows <= MOST_APART:
        axes.set_yticks(
            range(0, rows, step),
            [str(trials[at].number) for at in range(0, rows, step)],
        )
    count_axes([axes], "Epochs trained")
    axes.set_ylabel("Trial" if rows <= MOST_APART else "Trials, longest first")
    legend(figure, handles, [state.value for state in states])
    return Drawing(
        figure,
        "Pruning: how far each trial of the search was trained",
        _caption(evidence, looks),
    )


def _bars(axes: Axes, trials: list[Trial], state: State, width: float) -> Any:
    """A line for each trial of a state, its end marked; what stands for them in a legend."""
    bars = [
        [(0, at), (t.epochs_trained, at)]
        for at, t in enumerate(trials)
        if t.state is state
    ]
    colour, end = _COLOURS[state], _ENDS[state]
    axes.add_collection(
        LineCollection(
            bars, colors=colour, linewidths=width, capstyle="butt", label=state.value
        )
    )
    ends, places = [bar[1][0] for bar in bars], [bar[1][1] for bar in bars]
    axes.plot(
        ends,
        places,
        color=BLACK,
        linestyle="none",
        marker=end,
        markersize=min(0.6 * width, 3.5),
        zorder=3,
        markeredgewidth=0.8,
        label=f"ends of {state.value}",
    )
    (handle,) = axes.plot(
        [],
        [],
        color=colour,
        linewidth=4,
        marker=end,
        markersize=3.5,
        markeredgecolor=BLACK,
        markerfacecolor=BLACK,
    )
    return handle


def _area(axes: Axes, trials: list[Trial], state: State) -> Any:
    """The trials of a state as one hatched area, a row each; what stands for it in a legend."""
    lengths = [trial.epochs_trained if trial.state is state else 0 for trial in trials]
    runs = [(length, len(list(alike))) for length, alike in groupby(lengths)]
    edges = [at - 0.5 for at in accumulate((number for _, number in runs), initial=0)]
    return axes.stairs(
        [length for length, _ in runs],
        edges,
        orientation="horizontal",
        fill=True,
        label=state.value,
        facecolor=_COLOURS[state],
        edgecolor=BLACK,
        hatch=_HATCHES[state],
        linewidth=0,
    )


def _ordered(trials: list[Trial]) -> list[Trial]:
    """As they were decided on; too many to be told apart by how far they came, so that
    the areas say how many did.
    """
    if len(trials) <= MOST_APART:
        return trials
    return sorted(
        trials,
        key=lambda trial: (-trial.epochs_trained, STATE_ORDER.index(trial.state)),
    )


def _caption(evidence: Evidence, looks: Looks) -> str:
    trials = evidence.history.stage("search")
    order = "in the order they were decided on"
    if len(trials) > MOST_APART:
        order = "those trained longest first"
    text = f"{counts(trial.state for trial in trials)} trials, {order}"
    if looks.epochs:
        text += f"; dotted: {looks.caption}"
    saved, _ = saved_epochs(trials)
    return text + (f"; pruning spared {saved} epochs." if saved else ".")
