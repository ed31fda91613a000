"""Bars of the Shapley values: what each component adds, with its interval."""

from __future__ import annotations

import math

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
    """One bar a component on the first of the evidence's metrics; None without Shapley values."""
    found = shapley_of(evidence)
    if found is None or not found.values:
        return None
    better_up = goal_of(evidence.history, found.metric) == "maximize"
    figure = canvas(0.55 + 0.34 * len(found.values))
    axes = figure.subplots()
    axes.axvline(0, color=LIGHT, linewidth=0.8, zorder=0)
    for row, (share, verdict) in enumerate(
        zip(found.values, found.verdicts, strict=True)
    ):
        interval = share.interval
        good = (interval.mean >= 0) == better_up
        axes.barh(
            [row],
            [interval.mean],
            height=0.5,
            color=BLUE if good else VERMILLION,
            hatch="" if good else "/////",
            edgecolor="white",
            linewidth=0,
            zorder=2,
            label=f"value of {found.components[row]}",
        )
        if math.isfinite(interval.low):
            axes.plot([interval.low, interval.high], [row, row], color=BLACK, zorder=3)
        place = axes.get_yaxis_transform()
        axes.text(1.02, row, verdict.words, transform=place, va="center", color=BLACK)
    axes.use_sticky_edges = False
    axes.margins(x=0.08)
    value_axis(axes)
    axes.set_yticks(
        range(len(found.components)), [label(name) for name in found.components]
    )
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(found.components) - 0.5, -0.5)
    axes.set_xlabel(f"Shapley value: adds to {label(found.metric, 40)}")
    title = (
        f"What each component adds to {found.metric}, over all orders of adding them"
    )
    return Drawing(figure, title, _caption(evidence, found))


def _caption(evidence: Evidence, found: ShapleyValues) -> str:
    text = (
        f"Shapley values over {len(found.seeds)} seeds in which every subset was completed, "
        f"{selection(evidence)} (hatched: for the worse); lines: {evidence.confidence:.0%} "
        f"intervals that hold together, Bonferroni over {len(found.values)} components; at the "
        f"right, the verdicts. The values add up to full minus baseline, {found.total:+.4g}."
    )
    if found.permutations:
        text += f" {found.permutations} orders were sampled; the intervals contain that error."
    if found.left_out:
        left = ", ".join(map(str, found.left_out))
        text += f" Left out, since a subset was not completed with them: seeds {left}."
    return text
