"""Bar chart of the Shapley values: what each component adds, with its interval."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes

from sweep.report.evidence import Evidence, goal_of
from sweep.report.figures.style import (
    BLACK,
    BLUE,
    LIGHT,
    VERMILLION,
    Drawing,
    canvas,
    label,
    styled,
    value_axis,
)
from sweep.report.figures.values import selection
from sweep.report.shapley_values import ShapleyValues, shapley_of


@styled
def shapley(evidence: Evidence) -> Drawing | None:
    """One bar per component, on the evidence's first metric; None without Shapley values."""
    shapley_values = shapley_of(evidence)
    if shapley_values is None or not shapley_values.values:
        return None
    metric, components = shapley_values.metric, shapley_values.components
    figure = canvas(0.55 + 0.34 * len(components))
    axes = figure.subplots()
    axes.axvline(0, color=LIGHT, linewidth=0.8, zorder=0)
    better_up = goal_of(evidence.history, metric) == "maximize"
    _bars(axes, shapley_values, better_up=better_up)
    axes.use_sticky_edges = False
    axes.margins(x=0.08)
    value_axis(axes)
    axes.set_yticks(range(len(components)), [label(name) for name in components])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(components) - 0.5, -0.5)
    axes.set_xlabel(f"Shapley value: adds to {label(metric, 40)}")
    title = f"What each component adds to {metric}, over all orders of adding them"
    return Drawing(figure, title, _caption(evidence, shapley_values))


def _bars(axes: Axes, shapley_values: ShapleyValues, *, better_up: bool) -> None:
    """A bar, an interval and a verdict per component; hatched where it makes things worse."""
    right_of_axes = axes.get_yaxis_transform()
    judged = zip(shapley_values.values, shapley_values.verdicts, strict=True)
    for row, (share, verdict) in enumerate(judged):
        interval = share.interval
        better = (interval.mean >= 0) == better_up
        axes.barh(
            [row],
            [interval.mean],
            height=0.5,
            color=BLUE if better else VERMILLION,
            hatch="" if better else "/////",
            edgecolor="white",
            linewidth=0,
            zorder=2,
            label=f"value of {shapley_values.components[row]}",
        )
        if math.isfinite(interval.low):
            axes.plot([interval.low, interval.high], [row, row], color=BLACK, zorder=3)
        style: dict[str, Any] = {"transform": right_of_axes, "va": "center"}
        axes.text(1.02, row, verdict.words, color=BLACK, **style)


def _caption(evidence: Evidence, shapley_values: ShapleyValues) -> str:
    """The caption: which seeds the values are from, and what the lines are."""
    seeds, components = shapley_values.seeds, shapley_values.components
    text = (
        f"Shapley values over the {len(seeds)} seeds with which every subset was completed, "
        f"{selection(evidence)} (hatched: for the worse); lines: {evidence.confidence:.0%} "
        f"intervals that hold together, Bonferroni over {len(components)} components; at the right,"
        f" the verdicts. The values add up to full minus baseline, {shapley_values.total:+.4g}."
    )
    if shapley_values.permutations:
        text += (
            f" {shapley_values.permutations} orders were sampled; the intervals include"
            " the sampling error."
        )
    if shapley_values.left_out:
        seeds_left_out = ", ".join(map(str, shapley_values.left_out))
        text += f" Left out, as they lack a completed subset: seeds {seeds_left_out}."
    return text
