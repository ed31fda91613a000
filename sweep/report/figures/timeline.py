"""Pruning timeline: the epochs that each trial trained, and where the pruner decided."""

from __future__ import annotations

from itertools import groupby
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
# marker at the end of a bar
_ENDS = {
    State.COMPLETE: "None",
    State.PRUNED: "x",
    State.FAILED: "X",
    State.PAUSED: "s",
    State.RUNNING: ">",
}
_HATCHES = {
    State.COMPLETE: "",
    State.PRUNED: "////",
    State.FAILED: "xxxx",
    State.PAUSED: "----",
    State.RUNNING: "....",
}
MOST_BARS = 200  # trials drawn as separate bars; more bars are too thin to follow


@styled
def timeline(evidence: Evidence) -> Drawing | None:
    """One bar per trial; None if the study prunes nothing."""
    trials = _ordered(evidence.history.stage("search"))
    rule = evidence.history.spec.early_terminate
    pruned = any(trial.state is State.PRUNED for trial in trials)
    reported = any(trial.reports for trial in trials)
    if not reported or (rule.type == "none" and not pruned):
        return None
    longest = max(max(trial.budget or 0, trial.epochs_trained) for trial in trials)
    rows = len(trials)
    height = min(max(0.11 * rows, 0.8), 5.0)
    figure = canvas(height + 0.8)
    axes = figure.subplots()
    present = {trial.state for trial in trials}
    states = [state for state in STATE_ORDER if state in present]
    if rows <= MOST_BARS:
        width = min(72 * height / rows * 0.75, 6.0)  # points: three quarters of a row
        handles = [_bars(axes, trials, state, width) for state in states]
        ticks = range(0, rows, max(1, -(-rows // 20)))
        axes.set_yticks(ticks, [str(trials[row].number) for row in ticks])
        axes.set_ylabel("Trial")
    else:
        handles = [_area(axes, trials, state) for state in states]
        axes.set_ylabel("Trials, longest first")
    looks = rule.looks(longest)
    dotted: dict[str, Any] = {"color": GREY, "linewidth": 0.7, "linestyle": ":"}
    for epoch in looks.epochs:
        axes.axvline(epoch, zorder=3, label=f"look at epoch {epoch}", **dotted)
    axes.set_xlim(0, longest * 1.02)
    axes.set_ylim(rows - 0.4, -0.6)
    count_axes([axes], "Epochs trained")
    legend(figure, handles, [state.value for state in states])
    title = "Pruning: how far each trial of the search was trained"
    return Drawing(figure, title, _caption(evidence, looks))


def _bars(axes: Axes, trials: list[Trial], state: State, width: float) -> Any:
    """Draw a bar with a marked end for each trial of a state; its handle for a legend."""
    rows = [row for row, trial in enumerate(trials) if trial.state is state]
    ends = [trials[row].epochs_trained for row in rows]
    bars = [[(0, row), (end, row)] for row, end in zip(rows, ends, strict=True)]
    colour, marker = _COLOURS[state], _ENDS[state]
    style: dict[str, Any] = {"colors": colour, "linewidths": width, "capstyle": "butt"}
    axes.add_collection(LineCollection(bars, label=state.value, **style))
    axes.plot(
        ends,
        rows,
        color=BLACK,
        linestyle="none",
        marker=marker,
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
        marker=marker,
        markersize=3.5,
        markeredgecolor=BLACK,
        markerfacecolor=BLACK,
    )
    return handle


def _area(axes: Axes, trials: list[Trial], state: State) -> Any:
    """Draw the trials of a state as one hatched area, a row each; its handle for a legend."""
    lengths = [trial.epochs_trained if trial.state is state else 0 for trial in trials]
    steps, edges = [], [-0.5]
    for length, equal in groupby(lengths):
        steps.append(length)
        edges.append(edges[-1] + len(list(equal)))
    return axes.stairs(
        steps,
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
    """Trials in the order they were created; more than `MOST_BARS` by epochs trained.

    The areas then show how many trials reached an epoch.
    """
    if len(trials) <= MOST_BARS:
        return trials
    return sorted(
        trials,
        key=lambda trial: (-trial.epochs_trained, STATE_ORDER.index(trial.state)),
    )


def _caption(evidence: Evidence, looks: Looks) -> str:
    """The caption: how many trials there are in each state, and their order."""
    trials = evidence.history.stage("search")
    order = "in the order they were created"
    if len(trials) > MOST_BARS:
        order = "those trained longest first"
    text = f"{counts(trial.state for trial in trials)} trials, {order}"
    if looks.epochs:
        text += f"; dotted: {looks.caption}"
    saved, _ = saved_epochs(trials)
    return text + (f"; pruning saved {saved} epochs." if saved else ".")
