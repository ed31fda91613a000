"""Learning curves: the study's metric over the epochs, arm by arm."""

from __future__ import annotations

from sweep.report.evidence import Evidence, arrow
from sweep.report.figures.style import (
    GREY,
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


@styled
def learning(evidence: Evidence) -> Drawing | None:
    """Mean and standard deviation over each arm's complete runs; None without an arm that has
    curves.

    Up to four arms share a panel; more get one each, with the baseline's curve in grey. The curve
    is that of the study's own metric, which chooses the epochs; test metrics are read at those
    epochs only and have no curve.
    """
    own = evidence.history.spec.metric
    names = distinct_arms(evidence)
    found = {arm: curves(evidence, arm, own.name) for arm in names if len(evidence.runs(arm))}
    found = {arm: curve for arm, curve in found.items() if len(curve)}
    if not found:
        return None
    apart = len(found) > TOGETHER
    figure, all_axes = panels(
        len(found) if apart else 1, extra=0.3 if apart else 0.6, sharex=True, sharey=True
    )
    handles = []
    for index, (arm, curve) in enumerate(found.items()):
        axes = all_axes[index if apart else 0]
        style = line_style(0 if apart else index)
        mean, sd = curve.mean(axis=1), curve.std(axis=1)
        if curve.shape[1] > 1:
            axes.fill_between(
                curve.index, mean - sd, mean + sd, color=style["color"], alpha=0.18, linewidth=0
            )
        handles += axes.plot(
            curve.index, mean, **style, marker="." if len(curve) == 1 else "", label=arm
        )
        if apart:
            axes.set_title(counted(names[arm], curve.shape[1]))
            reference = found.get("baseline")
            if reference is not None and arm != "baseline":
                axes.plot(
                    reference.index,
                    reference.mean(axis=1),
                    color=GREY,
                    linewidth=0.8,
                    zorder=1,
                    label="baseline",
                )
    if not apart:
        legend(
            figure, handles, [counted(names[arm], curve.shape[1]) for arm, curve in found.items()]
        )
    count_axes(all_axes, "Epoch")
    value_label(figure, all_axes, f"{label(own.name, 26)} {arrow(evidence.history, own.name)}")
    text = (
        f"Mean of {own.name} over the n complete runs of an arm; band: one standard deviation over the runs (not an "
        "interval of the mean); to the last epoch that all runs of an arm reached"
    )
    if apart and "baseline" in found:
        text += "; grey: the baseline"
    return Drawing(
        figure, f"Learning curves: {own.name} of each arm", text + "." + left_out(evidence, names)
    )
