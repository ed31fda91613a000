"""Learning curves: the study's metric over the epochs, arm by arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.collections import LineCollection

from sweep.report.evidence import Evidence, arrow
from sweep.report.figures.curve_window import window
from sweep.report.figures.style import (
    BLACK,
    GREY,
    LIGHT,
    MOST_PANELS,
    Drawing,
    count_axes,
    counted,
    label,
    legend,
    line_style,
    panels,
    styled,
    value_label,
)
from sweep.report.figures.values import curves, distinct_arms, left_out

TOGETHER = 4  # more arms than this in one panel hide each other
Curves = Mapping[str, pd.DataFrame]  # arm → (epochs, runs)


@styled
def learning(evidence: Evidence) -> Drawing | None:
    """Mean and standard deviation over each arm's complete runs.

    Up to four arms share a panel. Up to `MOST_PANELS` arms have one panel each, with the baseline's
    curve in grey. With more arms, only the means are drawn, in one panel. The curve is that of the
    study's own metric, which selects the epochs; test metrics are read at those epochs only and
    have no curve. None without an arm that has curves.
    """
    metric = evidence.history.spec.metric.name
    names = distinct_arms(evidence)
    arm_curves: dict[str, pd.DataFrame] = {}
    for arm in names:
        curve = curves(evidence, arm, metric)
        if len(curve):
            arm_curves[arm] = curve
    if not arm_curves:
        return None
    if len(arm_curves) > MOST_PANELS:
        figure, all_axes = _crowd(arm_curves)
    elif len(arm_curves) > TOGETHER:
        figure, all_axes = _apart(arm_curves, names)
    else:
        figure, all_axes = _together(arm_curves, names)
    limits = window(arm_curves.values())
    if limits is not None:
        all_axes[0].set_ylim(*limits)  # the panels share it
    count_axes(all_axes, "Epoch")
    text = f"{label(metric, 26)} {arrow(evidence.history, metric)}"
    value_label(figure, all_axes, text)
    caption = _caption(metric, arm_curves, cut=limits is not None)
    title = f"Learning curves: {metric} of each arm"
    return Drawing(figure, title, caption + left_out(evidence, names))


def _together(arm_curves: Curves, names: Mapping[str, str]) -> tuple[Any, Any]:
    """All arms in one panel."""
    figure, all_axes = panels(1, extra=0.6)
    handles, labels = [], []
    for index, (arm, curve) in enumerate(arm_curves.items()):
        handles += _curve(all_axes[0], arm, curve, index)
        labels.append(counted(names[arm], curve.shape[1]))
    legend(figure, handles, labels)
    return figure, all_axes


def _apart(arm_curves: Curves, names: Mapping[str, str]) -> tuple[Any, Any]:
    """One panel per arm, each with the baseline's mean."""
    figure, all_axes = panels(len(arm_curves), extra=0.3, sharex=True, sharey=True)
    baseline = arm_curves.get("baseline")
    for axes, (arm, curve) in zip(all_axes, arm_curves.items(), strict=True):
        _curve(axes, arm, curve, 0)
        runs = curve.shape[1]
        axes.set_title(counted(names[arm], runs))
        if baseline is not None and arm != "baseline":
            style = {"color": GREY, "linewidth": 0.8, "zorder": 1, "label": "baseline"}
            axes.plot(baseline.index, baseline.mean(axis=1), **style)
    return figure, all_axes


def _crowd(arm_curves: Curves) -> tuple[Any, Any]:
    """The mean of every arm as a thin line, and the baseline's on top."""
    figure, all_axes = panels(1, height=1.6, extra=0.6)
    axes = all_axes[0]
    lines = []
    for curve in arm_curves.values():
        mean = curve.mean(axis=1)
        points = list(zip(mean.index, mean, strict=True))
        lines.append(points)
    collection = LineCollection(lines, colors=LIGHT, linewidths=0.5, label="arms")
    axes.add_collection(collection)
    axes.autoscale_view()
    (arms,) = axes.plot([], [], color=LIGHT, label="an arm")
    handles = [arms]
    labels = [f"{len(arm_curves)} arms"]
    baseline = arm_curves.get("baseline")
    if baseline is not None:
        style = {"color": BLACK, "linewidth": 1.4, "label": "baseline"}
        handles += axes.plot(baseline.index, baseline.mean(axis=1), **style)
        labels.append("baseline")
    legend(figure, handles, labels)
    return figure, all_axes


def _curve(axes: Any, arm: str, curve: pd.DataFrame, index: int) -> Any:
    """Draw the mean with its band, and return its handle for a legend."""
    epochs, runs = curve.shape
    mean = curve.mean(axis=1)
    style = line_style(index)
    if runs > 1:
        sd = curve.std(axis=1)
        axes.fill_between(
            curve.index,
            mean - sd,
            mean + sd,
            color=style["color"],
            alpha=0.18,
            linewidth=0,
        )
    marker = "." if epochs == 1 else ""  # a single point has no line
    return axes.plot(curve.index, mean, **style, marker=marker, label=arm)


def _caption(metric: str, arm_curves: Curves, *, cut: bool) -> str:
    """The caption; `cut`: the first epochs lie outside the axis."""
    text = f"Mean of {metric} over the n complete runs of an arm"
    if len(arm_curves) <= MOST_PANELS:
        text += (
            "; band: one standard deviation over the runs (not an interval of the"
            " mean); to the last epoch that all runs of an arm reached"
        )
    if TOGETHER < len(arm_curves) <= MOST_PANELS and "baseline" in arm_curves:
        text += "; grey: the baseline"
    if cut:
        text += "; the first epochs lie outside the axis, which is scaled to the later epochs"
    return text + "."
