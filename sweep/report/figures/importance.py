"""Parameter importance: the share of the search's variance that each parameter explains."""

from __future__ import annotations

from typing import Any

from sweep.report.evidence import Evidence
from sweep.report.figures.style import BLUE, GREY, Drawing, canvas, label, styled
from sweep.report.importance import FEWEST, MOST, Group, Importance


@styled
def importance(evidence: Evidence) -> Drawing | None:
    """Shares of the variance by functional ANOVA.

    Parameters that every configuration has are judged among all configurations. A conditional
    parameter is judged among the configurations that have it, together with all parameters that
    these share, and has a separate panel. None with fewer than ten completed configurations, or
    with only one parameter.
    """
    search_importance = evidence.importance
    groups = search_importance.groups
    if not groups:
        return None
    rows = [len(group.importance) for group in groups]
    figure = canvas(0.45 + sum(0.42 + 0.17 * count for count in rows))
    ratios = [count + 1 for count in rows]
    all_axes = figure.subplots(
        len(groups), 1, sharex=True, squeeze=False, height_ratios=ratios
    )[:, 0]
    for axes, group in zip(all_axes, groups, strict=True):
        _draw(axes, group)
    all_axes[-1].set_xlim(0, 1)
    metric = evidence.history.spec.metric.name
    all_axes[-1].set_xlabel(f"Share of the variance of {label(metric, 40)}")
    title = f"Importance of the searched parameters for {metric}"
    return Drawing(figure, title, _caption(search_importance))


def _draw(axes: Any, group: Group) -> None:
    """One bar per parameter, and the share of the noise parameter as a dashed line."""
    names, shares = list(group.importance), list(group.importance.values())
    condition = group.condition or "all"
    axes.barh(range(len(names)), shares, height=0.65, color=BLUE, label=condition)
    axes.axvline(group.noise, color=GREY, linewidth=0.9, linestyle="--", label="noise")
    axes.set_yticks(range(len(names)), [label(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    where = f"where {label(group.condition, 44, 2)}" if group.condition else "all"
    axes.set_title(f"{where} (n = {group.runs})", loc="left")


def _caption(search_importance: Importance) -> str:
    """The caption: what a share is, and among which configurations it is computed."""
    text = (
        "Share of the variance that a parameter alone explains over its domain, estimated from the "
        "n completed configurations (functional analysis of variance, Hutter et al. 2014, of a "
        "Gaussian process); dashed: the share of an artificial parameter with random values; a "
        "shorter bar is no evidence of importance. Pruned and failed configurations are left out"
    )
    if any(group.condition for group in search_importance.groups):
        text += (
            "; a conditional parameter is judged among the configurations that have it,"
            " so that shares cannot be compared between panels"
        )
    if search_importance.runs > MOST:
        step = -(-search_importance.runs // MOST)
        text += (
            f"; of more than {MOST} configurations, evenly spaced ones are used (up to"
            f" one in {step})"
        )
    text += "."
    if search_importance.too_few:
        listed = ", ".join(
            f"{name} ({count})" for name, count in search_importance.too_few.items()
        )
        text += (
            f" Not shown, as fewer than {FEWEST} completed configurations have them:"
            f" {listed}."
        )
    return text
