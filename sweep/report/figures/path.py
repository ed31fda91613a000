"""Ablation path (Fawcett & Hoos 2016): from one configuration to another, at every step
the change that helps most.
"""

from __future__ import annotations

from matplotlib.axes import Axes

from sweep.model.arm import Arm
from sweep.report.evidence import Evidence, arrow
from sweep.report.figures.style import (
    BLUE,
    GREY,
    Drawing,
    canvas,
    label,
    legend,
    styled,
    value_axis,
)
from sweep.report.figures.values import left_out, selection
from sweep.report.numbers import change as change_text


@styled
def path(evidence: Evidence) -> Drawing | None:
    """One row a step on the first of the evidence's metrics; None without a path or a
    result at its start.
    """
    metric = evidence.metrics[0]
    tried = [arm for arm in evidence.history.arms if arm.design == "path" and arm.step]
    start = tried[0].reference if tried else None
    first = None if start is None else evidence.estimate(start, metric)[0]
    if start is None or first is None:
        return None
    steps = list(dict.fromkeys(arm.step for arm in tried))
    kept = {arm.step: arm for arm in tried if arm.kept}
    figure = canvas(0.95 + 0.3 * (len(steps) + 1))
    axes = figure.subplots()
    values, rows, names, notes = [first.mean], [0], [start], [f"{first.mean:.4g}"]
    others: list[tuple[float, int]] = []
    for row, step in enumerate(steps, start=1):
        rivals = [arm for arm in tried if arm.step == step and not arm.kept]
        found = [
            estimate.mean
            for arm in rivals
            if (estimate := evidence.estimate(arm.name, metric)[0])
        ]
        others += [(mean, row) for mean in found]
        names.append(
            kept[step].name.removeprefix("path ")
            if step in kept
            else f"{step}: not decided"
        )
        estimate = (
            evidence.estimate(kept[step].name, metric)[0] if step in kept else None
        )
        if estimate is not None:
            values.append(estimate.mean)
            rows.append(row)
        notes.append(_change(evidence, kept[step]) if step in kept else "")
    (line,) = axes.plot(
        values, rows, "o-", color=BLUE, markersize=4, label="kept", zorder=3
    )
    handles, said = [line], ["kept"]
    if others:
        handles += axes.plot(
            [mean for mean, _ in others],
            [row for _, row in others],
            "o",
            color="white",
            markeredgecolor=GREY,
            markeredgewidth=0.8,
            markersize=3.5,
            label="tried",
            zorder=2,
        )
        said.append("tried at the step, not kept")
    _label(axes, names, notes)
    axes.set_xlabel(f"{label(metric, 50)} {arrow(evidence.history, metric)}")
    legend(figure, handles, said)
    caption = _caption(
        evidence, [start, *(arm.name for arm in tried)], decided=len(kept) == len(steps)
    )
    return Drawing(
        figure, f"Ablation path: {metric} from {start} one change at a time", caption
    )


def _change(evidence: Evidence, arm: Arm) -> str:
    if not arm.previous:
        return ""
    (step,) = evidence.compared([(arm.name, arm.previous)]).comparisons
    contrast = step.contrast
    if contrast is None:
        return ""
    text = change_text(contrast.mean, contrast.low, contrast.high, contrast.sd)
    return text.partition(" [")[0]


def _label(axes: Axes, names: list[str], notes: list[str]) -> None:
    for row, note in enumerate(notes):
        axes.text(1.03, row, note, transform=axes.get_yaxis_transform(), va="center")
    axes.margins(x=0.08)
    value_axis(axes)
    axes.set_yticks(range(len(names)), [label(name) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)


def _caption(evidence: Evidence, names: list[str], *, decided: bool) -> str:
    own = evidence.history.spec.metric.name
    text = (
        f"Mean over the complete runs, {selection(evidence)}. Every change that is left"
        f" is tried at each step, and the one with the best mean {own} is kept; at the"
        " right, the start's mean and what each kept change adds, paired with the step"
        " before. The best of several is better by luck than it is: a kept step's"
        f" {own} is optimistic."
    )
    if not decided:
        text += " The path has not come to its end."
    return text + left_out(evidence, names)
