"""Ablation path (Fawcett & Hoos 2016): from one configuration to another, step by step.

Each step keeps the change that helps most.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

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
    """One row per step, on the evidence's first metric.

    None without a path, or without a result at its start.
    """
    metric = evidence.metrics[0]
    tried = [arm for arm in evidence.history.arms if arm.design == "path" and arm.step]
    start = tried[0].reference if tried else None
    start_mean = None if start is None else _mean(evidence, start)
    if start is None or start_mean is None:
        return None
    steps = list(dict.fromkeys(arm.step for arm in tried))
    kept_at = {arm.step: arm for arm in tried if arm.kept}
    kept = [kept_at.get(step) for step in steps]
    kept_means = [None if arm is None else _mean(evidence, arm.name) for arm in kept]

    figure = canvas(0.95 + 0.3 * (len(steps) + 1))
    axes = figure.subplots()
    handles = [_draw_kept(axes, [start_mean, *kept_means])]
    labels = ["kept"]
    others = _points_not_kept(evidence, tried, steps)
    if others:
        handles.append(_draw_others(axes, others))
        labels.append("tried at the step, not kept")
    names = [start, *map(_name, steps, kept)]
    changes = [_change(evidence, arm) for arm in kept]
    _label(axes, names, [f"{start_mean:.4g}", *changes])
    axes.set_xlabel(f"{label(metric, 50)} {arrow(evidence.history, metric)}")
    legend(figure, handles, labels)
    arms = [start, *(arm.name for arm in tried)]
    caption = _caption(evidence, arms, decided=None not in kept)
    title = f"Ablation path: {metric} from {start} one change at a time"
    return Drawing(figure, title, caption)


def _points_not_kept(
    evidence: Evidence, tried: Sequence[Arm], steps: Sequence[int | None]
) -> list[tuple[float, int]]:
    """(mean, row) of each change that was tried and not kept, and has a mean."""
    points = []
    for row, step in enumerate(steps, start=1):
        for arm in tried:
            if arm.step != step or arm.kept:
                continue
            mean = _mean(evidence, arm.name)
            if mean is not None:
                points.append((mean, row))
    return points


def _mean(evidence: Evidence, arm: str) -> float | None:
    """The mean of the first metric over an arm's complete runs; None without one."""
    estimate, _ = evidence.estimate(arm, evidence.metrics[0])
    return None if estimate is None else estimate.mean


def _name(step: int | None, arm: Arm | None) -> str:
    """The label of a step: its kept change, if it is decided."""
    if arm is None:
        return f"{step}: not decided"
    return arm.name.removeprefix("path ")


def _change(evidence: Evidence, arm: Arm | None) -> str:
    """The change of a kept arm against the previous step; "" where it has none."""
    if arm is None or not arm.previous:
        return ""
    (step,) = evidence.compared([(arm.name, arm.previous)]).comparisons
    contrast = step.contrast
    if contrast is None:
        return ""
    text = change_text(contrast.mean, contrast.low, contrast.high, contrast.sd)
    return text.partition(" [")[0]


def _draw_kept(axes: Axes, means: Sequence[float | None]) -> Line2D:
    """A line from the start over the kept steps that have a mean."""
    points = [(mean, row) for row, mean in enumerate(means) if mean is not None]
    values, rows = zip(*points, strict=True)
    (line,) = axes.plot(
        values, rows, "o-", color=BLUE, markersize=4, label="kept", zorder=3
    )
    return line


def _draw_others(axes: Axes, points: Sequence[tuple[float, int]]) -> Line2D:
    """A hollow dot for each change that was tried and not kept."""
    values, rows = zip(*points, strict=True)
    (line,) = axes.plot(
        values,
        rows,
        "o",
        color="white",
        markeredgecolor=GREY,
        markeredgewidth=0.8,
        markersize=3.5,
        label="tried",
        zorder=2,
    )
    return line


def _label(axes: Axes, names: list[str], notes: list[str]) -> None:
    """Label the rows: the steps at the left, their changes at the right."""
    right_of_axes = axes.get_yaxis_transform()
    for row, note in enumerate(notes):
        axes.text(1.03, row, note, transform=right_of_axes, va="center")
    axes.margins(x=0.08)
    value_axis(axes)
    axes.set_yticks(range(len(names)), [label(name) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)


def _caption(evidence: Evidence, names: list[str], *, decided: bool) -> str:
    """The caption; `decided`: every step has a kept change."""
    metric = evidence.history.spec.metric.name
    text = (
        f"Mean over the complete runs, {selection(evidence)}. Each step tries every"
        f" remaining change and keeps the one with the best mean {metric}; at the right,"
        " the start's mean, then each kept change, paired with the previous step."
        " Selection bias: the best of several changes looks better than it is, so that"
        f" a kept step's {metric} is optimistic."
    )
    if not decided:
        text += " The path has not reached its end yet."
    return text + left_out(evidence, names)
