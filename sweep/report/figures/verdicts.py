"""Verdicts: the interval of each arm's change, with the margin of changes that matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sweep.ablation import looks
from sweep.ablation.verdicts import ArmVerdict
from sweep.report.arm_verdicts import arm_verdicts, verdict_metric
from sweep.report.evidence import Evidence, goal_of
from sweep.report.figures.crowd import ENDS, MOST_NAMED, Change, crowd
from sweep.report.figures.style import (
    BLACK,
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    PALE,
    VERMILLION,
    Drawing,
    canvas,
    label,
    styled,
    value_axis,
)
from sweep.report.figures.values import selection
from sweep.report.task_evidence import over_tasks
from sweep.report.tasks_verdict import verdicts_over_tasks
from sweep.report.verdict_sentence import margin_text
from sweep.statistics.verdicts import Verdict

_COLOURS = {
    Verdict.HELPS: BLUE,
    Verdict.HURTS: VERMILLION,
    Verdict.NO_DIFFERENCE: GREY,
    Verdict.UNDECIDED: ORANGE,
}


@styled
def verdict_intervals(evidence: Evidence) -> Drawing | None:
    """One row per arm; None if no verdicts are asked for, or no arm has an interval."""
    return _drawing(evidence, arm_verdicts(evidence))


@styled
def verdicts_on_all_tasks(evidence: Evidence) -> Drawing | None:
    """One row per arm over all tasks; None with fewer than two tasks."""
    over = over_tasks(evidence)
    if over is None:
        return None
    return _drawing(evidence, verdicts_over_tasks(evidence, over), len(over.on))


def _drawing(
    evidence: Evidence, verdict_of: dict[str, ArmVerdict], tasks: int = 0
) -> Drawing | None:
    """A figure of verdicts over that many tasks; 0 without tasks."""
    history, metric = evidence.history, verdict_metric(evidence)
    rows = [
        verdict
        for verdict in verdict_of.values()
        if math.isfinite(verdict.judgement.low)
    ]
    if not rows:
        return None
    goal = goal_of(history, metric)
    relative = tasks > 1 and history.spec.report.scale == "each"
    figure, axes = _many(rows, goal) if len(rows) > MOST_NAMED else _few(rows)
    for panel in figure.axes:
        _margin_band(panel, evidence, relative=relative)
    better = "→ better" if goal == "maximize" else "← better"
    kind = "Relative change" if relative else "Change"
    axes.set_xlabel(f"{kind} in {label(metric, 40)}\n({better})")
    title = f"Verdicts on {metric}" + (f" over {tasks} tasks" if tasks else "")
    return Drawing(figure, title, _caption(evidence, verdict_of, rows, tasks))


def _many(rows: Sequence[ArmVerdict], goal: str) -> tuple[Figure, Axes]:
    """The figure for more arms than have a row each."""
    changes = []
    for row in rows:
        judgement = row.judgement
        mean, low, high = judgement.mean, judgement.low, judgement.high
        colour = _COLOURS[judgement.verdict]
        note = f"{judgement.verdict.value}, n = {judgement.n}"
        changes.append(Change(row.arm, mean, low, high, colour, note))
    return crowd(changes, goal)


def _few(rows: Sequence[ArmVerdict]) -> tuple[Figure, Axes]:
    """A row for each arm."""
    names = [label(row.arm) for row in rows]
    heights = [max(2.4, 1.15 * (name.count("\n") + 1)) for name in names]
    centres = [sum(heights[:i]) + height / 2 for i, height in enumerate(heights)]
    figure = canvas(0.5 + 0.115 * sum(heights))
    axes = figure.subplots()
    axes.axvline(0, color=LIGHT, linewidth=0.8, zorder=1)
    _draw(axes, rows, centres)
    value_axis(axes)
    axes.set_yticks(centres, names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(sum(heights), 0)
    return figure, axes


def _margin_band(axes: Axes, evidence: Evidence, *, relative: bool) -> None:
    """Shade the changes that do not matter.

    No band for a margin in percent on an axis in units, as it differs between arms.
    """
    ablation = evidence.history.spec.ablation
    margin = None if ablation is None else ablation.smallest_change
    if margin is not None and margin.relative == relative:
        axes.axvspan(
            -margin.size, margin.size, color=PALE, linewidth=0, zorder=0, label="margin"
        )


def _draw(axes: Axes, rows: Sequence[ArmVerdict], centres: Sequence[float]) -> None:
    """Draw one row per arm: its interval and its mean."""
    right_of_axes = axes.get_yaxis_transform()
    for row, centre in zip(rows, centres, strict=True):
        judgement = row.judgement
        style: dict[str, Any] = {"color": _COLOURS[judgement.verdict]}
        interval, heights = [judgement.low, judgement.high], [centre, centre]
        name = f"interval of {row.arm}"
        axes.plot(interval, heights, linewidth=1.4, label=name, **style)
        mean, name = [judgement.mean], f"change of {row.arm}"
        axes.plot(mean, [centre], "D", markersize=4, label=name, **style)
        text = f"{judgement.verdict.value}, n = {judgement.n}"
        axes.text(1.02, centre, text, transform=right_of_axes, va="center", color=BLACK)


def _caption(
    evidence: Evidence,
    verdict_of: dict[str, ArmVerdict],
    rows: Sequence[ArmVerdict],
    tasks: int,
) -> str:
    """The caption: which intervals are drawn, and what the margin is."""
    history, margin = evidence.history, margin_text(evidence.history)
    kind = "simultaneous confidence intervals"
    if looks.is_sequential(history):
        kind = "repeated confidence intervals, which hold together at every look"
    over = f" over {tasks} tasks" if tasks else ""
    text = (
        f"Mean change{over} against each arm's reference (diamond),"
        f" {selection(evidence)}; bars: {kind}"
    )
    if margin:
        text += f"; changes within ±{margin} do not matter"
    text += ". At the right, the verdict and its number of complete pairs."
    text += "".join(f" {row.arm}: {row.hides}." for row in rows if row.hides)
    if len(rows) > MOST_NAMED:
        text += f" Of {len(rows)} arms the {ENDS} at each end are named."
    drawn = {row.arm for row in rows}
    absent = [name for name in verdict_of if name not in drawn]
    if absent:
        text += f" Not drawn, as their intervals are not finite: {', '.join(absent)}."
    return text
