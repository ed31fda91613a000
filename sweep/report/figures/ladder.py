"""Waterfall of a ladder: from the baseline to the last rung, each step what one more
component changed.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

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


@styled
def ladder(evidence: Evidence) -> Drawing | None:
    """One row a rung on the first of the evidence's metrics; None without a ladder or a run that
    every rung has.

    Only seeds (and folds) that the baseline and every rung have are drawn, so that the steps add up
    to the whole.
    """
    metric = evidence.metrics[0]
    rungs = [arm for arm in evidence.arms.values() if arm.design == "ladder"]
    names = [arm for arm in evidence.arms if arm == "baseline"] + [
        rung.name for rung in rungs
    ]
    if not rungs or len(names) == len(rungs):
        return None
    common = _in_common(evidence, names, metric)
    levels = {
        name: estimate.mean
        for name in names
        if (estimate := common.estimate(name, metric)[0]) is not None
    }
    if len(levels) < len(names):
        return None
    figure = canvas(0.55 + 0.34 * len(names))
    axes = figure.subplots()
    for at, name in enumerate(names):
        end = 0.5 if at < len(names) - 1 else 0.3
        axes.plot(
            [levels[name]] * 2,
            [at - 0.3, at + end + 0.2 * (end == 0.5)],
            color=GREY,
            linewidth=0.8,
            label=f"level of {name}",
            zorder=1,
        )
    better_up = goal_of(evidence.history, metric) == "maximize"
    notes = [f"{levels[names[0]]:.4g}"]
    steps = common.compared(
        [(after, before) for before, after in itertools.pairwise(names)]
    )
    by_arm = steps.of(metric)
    for at, (before, after) in enumerate(itertools.pairwise(names), start=1):
        start, length = levels[before], levels[after] - levels[before]
        good = (length >= 0) == better_up
        axes.barh(
            [at],
            [length],
            left=start,
            height=0.5,
            color=BLUE if good else VERMILLION,
            hatch="" if good else "/////",
            edgecolor="white",
            linewidth=0,
            zorder=2,
            label=after,
        )
        step = by_arm[after].contrast
        if step is None:  # one configuration under two names: no change at all
            notes.append("same runs")
            continue
        if math.isfinite(step.low) and not looks.is_sequential(evidence.history):
            half = (step.high - step.low) / 2
            axes.errorbar(
                [levels[after]],
                [at],
                xerr=[half],
                color=BLACK,
                linewidth=0.8,
                capsize=2,
                zorder=3,
            )
        notes.append(
            change_text(step.mean, step.low, step.high, step.sd).partition(" [")[0]
        )
    for at, note in enumerate(notes):
        axes.text(1.02, at, note, transform=axes.get_yaxis_transform(), va="center")
    axes.use_sticky_edges = False  # bars would hold the axis to where they end
    axes.margins(x=0.08)
    value_axis(axes)
    axes.set_yticks(range(len(names)), [label(name) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(f"{label(metric, 50)} {arrow(evidence.history, metric)}")
    return Drawing(
        figure,
        f"Ladder: {metric} from the baseline to the last rung",
        _caption(evidence, common, names, steps),
    )


def _in_common(evidence: Evidence, names: list[str], metric: str) -> Evidence:
    """The evidence of the runs whose seed and fold every one of some arms has."""
    rows = evidence.complete[evidence.complete["arm"].isin(names)]
    rows = rows.dropna(subset=[metric]) if metric in rows else rows.iloc[:0]
    having = rows.groupby(["seed", "fold"], dropna=False)["arm"].transform("nunique")
    return replace(evidence, results=rows[having == len(names)])


def _caption(
    evidence: Evidence, common: Evidence, names: list[str], steps: Compared
) -> str:
    runs = len(common.runs(names[0]))
    unit = "seed and fold" if evidence.folds else "seed"
    text = (
        "Each bar is the change that a rung makes to the one before (hatched: for the"
        f" worse), over the {runs} run{'s' if runs != 1 else ''} a rung whose {unit}"
        f" every rung has, {selection(evidence)}; at the right, the baseline's mean and"
        " the changes"
    )
    if looks.is_sequential(evidence.history):
        text += "; without intervals, since seeds were added in looks"
    elif steps.family.tested:
        text += (
            f"; whiskers: {evidence.confidence:.0%} confidence intervals of the paired changes, "
            "which hold together"
        )
    return text + "." + left_out(evidence, names)
