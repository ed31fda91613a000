"""Verdicts: the interval of each arm's change against the margin that matters."""

from __future__ import annotations

import math
from collections.abc import Sequence

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
    """One row an arm; None where no verdicts are asked for, or no arm has an interval."""
    return _drawing(evidence, arm_verdicts(evidence))


@styled
def verdicts_on_all_tasks(evidence: Evidence) -> Drawing | None:
    """The same over all tasks; None without several."""
    over = over_tasks(evidence)
    if over is None:
        return None
    return _drawing(evidence, verdicts_over_tasks(evidence, over), len(over.on))


def _drawing(
    evidence: Evidence, found: dict[str, ArmVerdict], tasks: int = 0
) -> Drawing | None:
    """A figure of verdicts; over so many tasks, 0: over none."""
    history, metric = evidence.history, verdict_metric(evidence)
    rows = [each for each in found.values() if math.isfinite(each.judgement.low)]
    if not rows:
        return None
    goal = goal_of(history, metric)
    relative = tasks > 1 and history.spec.report.scale == "each"
    figure, axes = _many(rows, goal) if len(rows) > MOST_NAMED else _few(rows)
    for each in figure.axes:
        _margin_band(each, evidence, relative=relative)
    better = "→ better" if goal == "maximize" else "← better"
    kind = "Relative change" if relative else "Change"
    axes.set_xlabel(f"{kind} in {label(metric, 40)}\n({better})")
    title = f"Verdicts on {metric}" + (f" over {tasks} tasks" if tasks else "")
    return Drawing(figure, title, _caption(evidence, found, rows, tasks))


def _many(rows: Sequence[ArmVerdict], goal: str) -> tuple[Figure, Axes]:
    changes = []
    for each in rows:
        found = each.judgement
        said, colour = f"{found.verdict.value}, n = {found.n}", _COLOURS[found.verdict]
        changes.append(
            Change(each.arm, found.mean, found.low, found.high, colour, said)
        )
    return crowd(changes, goal)


def _few(rows: Sequence[ArmVerdict]) -> tuple[Figure, Axes]:
    """A row for each arm."""
    names = [label(each.arm) for each in rows]
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
    """The changes that do not matter; a margin in percent of units differs from arm to arm and has
    none.
    """
    ablation = evidence.history.spec.ablation
    margin = None if ablation is None else ablation.smallest_change
    if margin is not None and margin.relative == relative:
        axes.axvspan(
            -margin.size, margin.size, color=PALE, linewidth=0, zorder=0, label="margin"
        )


def _draw(axes: Axes, rows: Sequence[ArmVerdict], centres: Sequence[float]) -> None:
    for each, at in zip(rows, centres, strict=True):
        judgement = each.judgement
        colour = _COLOURS[judgement.verdict]
        ends = [judgement.low, judgement.high]
        axes.plot(
            ends, [at, at], color=colour, linewidth=1.4, label=f"interval of {each.arm}"
        )
        mean = [judgement.mean]
        axes.plot(
            mean, [at], "D", color=colour, markersize=4, label=f"change of {each.arm}"
        )
        text = f"{judgement.verdict.value}, n = {judgement.n}"
        place = axes.get_yaxis_transform()
        axes.text(1.02, at, text, transform=place, va="center", color=BLACK)


def _caption(
    evidence: Evidence,
    found: dict[str, ArmVerdict],
    rows: Sequence[ArmVerdict],
    tasks: int,
) -> str:
    history, margin = evidence.history, margin_text(evidence.history)
    kind = "simultaneous confidence intervals"
    if looks.is_sequential(history):
        kind = "repeated confidence intervals, which hold together at every look"
    over = f" over {tasks} tasks" if tasks else ""
    what = f"Mean change{over} against each arm's reference (diamond)"
    text = f"{what}, {selection(evidence)}; bars: {kind}"
    if margin:
        text += f"; changes within ±{margin} do not matter"
    text += ". At the right, the verdict and the complete pairs behind it."
    text += "".join(f" {each.arm}: {each.hides}." for each in rows if each.hides)
    if len(rows) > MOST_NAMED:
        text += f" Named are the {ENDS} arms at either end of all {len(rows)}."
    absent = [name for name in found if name not in {each.arm for each in rows}]
    if absent:
        text += f" Without a finite interval, and not drawn: {', '.join(absent)}."
    return text
