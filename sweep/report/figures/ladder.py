"""Waterfall of a ladder: the change of every step from the baseline to the last one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from matplotlib.axes import Axes

from sweep.ablation import looks
from sweep.report.comparisons import Compared
from sweep.report.evidence import Evidence, arrow, goal_of
from sweep.report.figures.style import (
    BLACK,
    BLUE,
    GREY,
    VERMILLION,
    Drawing,
    canvas,
    label,
    styled,
    value_axis,
)
from sweep.report.figures.values import left_out, selection
from sweep.report.numbers import change as change_text
from sweep.statistics.contrast import Contrast


@styled
def ladder(evidence: Evidence) -> Drawing | None:
    """One row per step of the ladder, on the evidence's first metric.

    Only seeds (and folds) that the baseline and every step have are drawn, so that the steps add up
    to the whole change. None without a ladder, or without such a run.
    """
    metric = evidence.metrics[0]
    steps = [arm.name for arm in evidence.arms.values() if arm.design == "ladder"]
    if not steps or "baseline" not in evidence.arms:
        return None
    names = ["baseline", *steps]
    common = _in_common(evidence, names, metric)
    means: dict[str, float] = {}
    for name in names:
        estimate, _ = common.estimate(name, metric)
        if estimate is None:
            return None
        means[name] = estimate.mean
    compared = common.compared(
        [(after, before) for before, after in itertools.pairwise(names)]
    )
    figure = canvas(0.55 + 0.34 * len(names))
    axes = figure.subplots()
    _levels(axes, means)
    _bars(axes, means, better_up=goal_of(evidence.history, metric) == "maximize")
    if not looks.is_sequential(evidence.history):
        _whiskers(axes, means, compared, metric)
    _label(axes, names, _notes(means, compared, metric))
    axes.set_xlabel(f"{label(metric, 50)} {arrow(evidence.history, metric)}")
    title = f"Ladder: {metric} from the baseline to the last step"
    return Drawing(figure, title, _caption(evidence, common, names, compared))


def _levels(axes: Axes, means: Mapping[str, float]) -> None:
    """A vertical line at each step's mean, down to the next step's bar."""
    last = len(means) - 1
    for row, (name, mean) in enumerate(means.items()):
        end = row + (0.7 if row < last else 0.3)
        axes.plot(
            [mean, mean],
            [row - 0.3, end],
            color=GREY,
            linewidth=0.8,
            label=f"level of {name}",
            zorder=1,
        )


def _bars(axes: Axes, means: Mapping[str, float], *, better_up: bool) -> None:
    """A bar from each mean to the next, hatched where the step makes it worse."""
    for row, (before, after) in enumerate(itertools.pairwise(means), start=1):
        length = means[after] - means[before]
        better = (length >= 0) == better_up
        axes.barh(
            [row],
            [length],
            left=means[before],
            height=0.5,
            color=BLUE if better else VERMILLION,
            hatch="" if better else "/////",
            edgecolor="white",
            linewidth=0,
            zorder=2,
            label=after,
        )


def _whiskers(
    axes: Axes, means: Mapping[str, float], compared: Compared, metric: str
) -> None:
    """The interval of each step's change, at the end of its bar."""
    by_arm = compared.of(metric)
    style: dict[str, Any] = {"color": BLACK, "linewidth": 0.8, "zorder": 3}
    for row, name in enumerate(means):
        contrast = by_arm[name].contrast if name in by_arm else None
        if contrast is not None and math.isfinite(contrast.low):
            half = (contrast.high - contrast.low) / 2
            axes.errorbar([means[name]], [row], xerr=[half], capsize=2, **style)


def _notes(means: Mapping[str, float], compared: Compared, metric: str) -> list[str]:
    """The baseline's mean, then the change of each step."""
    by_arm = compared.of(metric)
    first, *steps = means
    changes = [_change(by_arm[name].contrast) for name in steps]
    return [f"{means[first]:.4g}", *changes]


def _change(contrast: Contrast | None) -> str:
    """A change as text without its interval."""
    if contrast is None:  # the same configuration under two names
        return "same runs"
    text = change_text(contrast.mean, contrast.low, contrast.high, contrast.sd)
    return text.partition(" [")[0]


def _label(axes: Axes, names: Sequence[str], notes: Sequence[str]) -> None:
    """Label the rows: the steps at the left, their changes at the right."""
    right_of_axes = axes.get_yaxis_transform()
    for row, note in enumerate(notes):
        axes.text(1.02, row, note, transform=right_of_axes, va="center")
    axes.use_sticky_edges = False  # otherwise the axis would end where the bars end
    axes.margins(x=0.08)
    value_axis(axes)
    axes.set_yticks(range(len(names)), [label(name) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)


def _in_common(evidence: Evidence, names: list[str], metric: str) -> Evidence:
    """The evidence of the runs whose seed and fold all of these arms have."""
    rows = evidence.complete[evidence.complete["arm"].isin(names)]
    rows = rows.dropna(subset=[metric]) if metric in rows else rows.iloc[:0]
    arms = rows.groupby(["seed", "fold"], dropna=False)["arm"].transform("nunique")
    return replace(evidence, results=rows[arms == len(names)])


def _caption(
    evidence: Evidence, common: Evidence, names: list[str], compared: Compared
) -> str:
    """The caption: which runs the bars are computed from, and what they show."""
    runs = len(common.runs(names[0]))
    unit = "seed and fold" if evidence.folds else "seed"
    text = (
        "Each bar is the change from one step to the next (hatched: for the worse), over"
        f" the {runs} run{'s' if runs != 1 else ''} per step whose {unit} every step has,"
        f" {selection(evidence)}; at the right, the baseline's mean and the changes"
    )
    if looks.is_sequential(evidence.history):
        text += "; without intervals, since seeds were added in looks"
    elif compared.family.tested:
        text += (
            f"; whiskers: {evidence.confidence:.0%} confidence intervals of the paired changes, "
            "which hold together"
        )
    return text + "." + left_out(evidence, names)
