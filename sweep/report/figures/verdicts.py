"""Verdicts: the interval of each arm's change against the margin that matters."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from sweep.ablation import looks
from sweep.ablation.verdicts import ArmVerdict
from sweep.report.arm_verdicts import arm_verdicts, verdict_metric
from sweep.report.evidence import Evidence, goal_of
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
    history = evidence.history
    metric, found = verdict_metric(evidence), arm_verdicts(evidence)
    rows = [each for each in found.values() if math.isfinite(each.judgement.low)]
    if not rows:
        return None
    names = [label(each.arm) for each in rows]
    heights = [max(2.4, 1.15 * (name.count("\n") + 1)) for name in names]
    centres = [sum(heights[:i]) + height / 2 for i, height in enumerate(heights)]
    figure = canvas(0.5 + 0.115 * sum(heights))
    axes = figure.subplots()
    _margin_band(axes, evidence)
    axes.axvline(0, color=LIGHT, linewidth=0.8, zorder=1)
    _draw(axes, rows, centres)
    value_axis(axes)
    axes.set_yticks(centres, names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(sum(heights), 0)
    better = "→ better" if goal_of(history, metric) == "maximize" else "← better"
    axes.set_xlabel(f"Change in {label(metric, 40)}\n({better})")
    return Drawing(figure, f"Verdicts on {metric}", _caption(evidence, found, rows))


def _margin_band(axes: Axes, evidence: Evidence) -> None:
    """The changes that do not matter; a margin in percent differs from arm to arm and has none."""
    ablation = evidence.history.spec.ablation
    margin = None if ablation is None else ablation.smallest_change
    if margin is not None and not margin.relative:
        axes.axvspan(-margin.size, margin.size, color=PALE, linewidth=0, zorder=0, label="margin")


def _draw(axes: Axes, rows: Sequence[ArmVerdict], centres: Sequence[float]) -> None:
    for each, at in zip(rows, centres, strict=True):
        judgement = each.judgement
        colour = _COLOURS[judgement.verdict]
        ends = [judgement.low, judgement.high]
        axes.plot(ends, [at, at], color=colour, linewidth=1.4, label=f"interval of {each.arm}")
        mean = [judgement.mean]
        axes.plot(mean, [at], "D", color=colour, markersize=4, label=f"change of {each.arm}")
        text = f"{judgement.verdict.value}, n = {judgement.n}"
        place = axes.get_yaxis_transform()
        axes.text(1.02, at, text, transform=place, va="center", color=BLACK)


def _caption(evidence: Evidence, found: dict[str, ArmVerdict], rows: Sequence[ArmVerdict]) -> str:
    history, margin = evidence.history, margin_text(evidence.history)
    kind = "simultaneous confidence intervals"
    if looks.is_sequential(history):
        kind = "repeated confidence intervals, which hold together at every look"
    text = (
        f"Mean change against each arm's reference (diamond), {selection(evidence)}; bars: {kind}"
    )
    if margin:
        text += f"; changes within ±{margin} do not matter"
    text += ". At the right, the verdict and the complete pairs behind it."
    absent = [name for name in found if name not in {each.arm for each in rows}]
    if absent:
        text += f" Without a finite interval, and not drawn: {', '.join(absent)}."
    return text
