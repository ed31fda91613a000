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
    """Mean and standard deviation over each arm's complete runs; None without an arm that has
    curves.

    Up to four arms share a panel; up to `MOST_PANELS` get one each, with the baseline's curve in
    grey; of more, the means are drawn in one panel. The curve is that of the study's own metric,
    which chooses the epochs; test metrics are read at those epochs only and have no curve.
    """
    own = evidence.history.spec.metric
    names = distinct_arms(evidence)
    found = {
        arm: curves(evidence, arm, own.name) for arm in names if len(evidence.runs(arm))
    }
    found = {arm: curve for arm, curve in found.items() if len(curve)}
    if not found:
        return None
    if len(found) > MOST_PANELS:
        figure, all_axes = _crowd(found)
    elif len(found) > TOGETHER:
        figure, all_axes = _apart(found, names)
    else:
        figure, all_axes = _together(found, names)
    limits = window(found.values())
    if limits is not None:
        all_axes[0].set_ylim(*limits)  # the panels share it
    count_axes(all_axes, "Epoch")
    value_label(
        figure, all_axes, f"{label(own.name, 26)} {arrow(evidence.history, own.name)}"
    )
    caption = _caption(own.name, found, cut=limits is not None)
    title = f"Learning curves: {own.name} of each arm"
    return Drawing(figure, title, caption + left_out(evidence, names))


def _together(found: Curves, names: Mapping[str, str]) -> tuple[Any, Any]:
    figure, all_axes = panels(1, extra=0.6)
    handles = []
    for index, (arm, curve) in enumerate(found.items()):
        handles += _curve(all_axes[0], arm, curve, index)
    labels = [counted(names[arm], curve.shape[1]) for arm, curve in found.items()]
    legend(figure, handles, labels)
    return figure, all_axes


def _apart(found: Curves, names: Mapping[str, str]) -> tuple[Any, Any]:
    figure, all_axes = panels(len(found), extra=0.3, sharex=True, sharey=True)
    reference = found.get("baseline")
    for axes, (arm, curve) in zip(all_axes, found.items(), strict=True):
        _curve(axes, arm, curve, 0)
        axes.set_title(counted(names[arm], curve.shape[1]))
        if reference is not None and arm != "baseline":
            mean = reference.mean(axis=1)
            axes.plot(
                reference.index,
                mean,
                color=GREY,
                linewidth=0.8,
                zorder=1,
                label="baseline",
            )
    return figure, all_axes


def _crowd(found: Curves) -> tuple[Any, Any]:
    """The mean of every arm as a thin line, the baseline's above them."""
    figure, all_axes = panels(1, height=1.6, extra=0.6)
    axes = all_axes[0]
    means = [curve.mean(axis=1) for curve in found.values()]
    lines = [list(zip(mean.index, mean, strict=True)) for mean in means]
    axes.add_collection(
        LineCollection(lines, colors=LIGHT, linewidths=0.5, label="arms")
    )
    axes.autoscale_view()
    (arms,) = axes.plot([], [], color=LIGHT, label="an arm")
    handles, labels = [arms], [f"{len(found)} arms"]
    if (reference := found.get("baseline")) is not None:
        mean = reference.mean(axis=1)
        handles += axes.plot(
            reference.index, mean, color=BLACK, linewidth=1.4, label="baseline"
        )
        labels.append("baseline")
    legend(figure, handles, labels)
    return figure, all_axes


def _curve(axes: Any, arm: str, curve: pd.DataFrame, index: int) -> Any:
    """The mean with its band; what stands for it in a legend."""
    style = line_style(index)
    mean, sd = curve.mean(axis=1), curve.std(axis=1)
    if curve.shape[1] > 1:
        low, high = mean - sd, mean + sd
        axes.fill_between(
            curve.index, low, high, color=style["color"], alpha=0.18, linewidth=0
        )
    return axes.plot(
        curve.index, mean, **style, marker="." if len(curve) == 1 else "", label=arm
    )


def _caption(metric: str, found: Curves, *, cut: bool) -> str:
    text = f"Mean of {metric} over the n complete runs of an arm"
    if len(found) <= MOST_PANELS:
        text += (
            "; band: one standard deviation over the runs (not an interval of the"
            " mean); to the last epoch that all runs of an arm reached"
        )
    if TOGETHER < len(found) <= MOST_PANELS and "baseline" in found:
        text += "; grey: the baseline"
    if cut:
        text += "; the first epochs lie beyond the axis, which is drawn for what follows them"
    return text + "."
