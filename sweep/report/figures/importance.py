"""Parameter importance: how much of what the search saw each parameter explains."""

from __future__ import annotations

from sweep.report.evidence import Evidence
from sweep.report.figures.style import BLUE, GREY, Drawing, canvas, label, styled
from sweep.report.importance import FEWEST, MOST, Importance


@styled
def importance(evidence: Evidence) -> Drawing | None:
    """Shares of the variance by functional ANOVA; None with fewer than ten completed
    configurations or one parameter.

    Parameters that every configuration has are judged among all. A conditional parameter is judged
    among the configurations that have it, beside everything those share, and shown in a panel of
    its own.
    """
    search_importance = evidence.importance
    groups = search_importance.groups
    if not groups:
        return None
    rows = [len(group.importance) for group in groups]
    figure = canvas(0.45 + sum(0.42 + 0.17 * n for n in rows))
    all_axes = figure.subplots(
        len(groups), 1, sharex=True, squeeze=False, height_ratios=[n + 1 for n in rows]
    )[:, 0]
    for axes, group in zip(all_axes, groups, strict=True):
        names, shares = list(group.importance), list(group.importance.values())
        axes.barh(
            range(len(names)),
            shares,
            height=0.65,
            color=BLUE,
            label=group.condition or "all",
        )
        axes.axvline(
            group.noise, color=GREY, linewidth=0.9, linestyle="--", label="noise"
        )
        axes.set_yticks(range(len(names)), [label(name) for name in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        where = f"where {label(group.condition, 44, 2)}" if group.condition else "all"
        axes.set_title(f"{where} (n = {group.runs})", loc="left")
    all_axes[-1].set_xlim(0, 1)
    own = evidence.history.spec.metric.name
    all_axes[-1].set_xlabel(f"Share of the variance of {label(own, 40)}")
    return Drawing(
        figure,
        f"Importance of the searched parameters for {own}",
        _caption(search_importance),
    )


def _caption(search_importance: Importance) -> str:
    text = (
        "Share of the variance that a parameter explains on its own over its domain, judged by the "
        "n completed configurations (functional analysis of variance, Hutter et al. 2014, of a "
        "Gaussian process); dashed: the share that a made-up parameter of random numbers gets, "
        "below which a bar says nothing. Pruned and failed configurations are not among them"
    )
    if any(group.condition for group in search_importance.groups):
        text += (
            "; a conditional parameter is judged among those that have it, and panels"
            " do not compare"
        )
    if search_importance.runs > MOST:
        step = -(-search_importance.runs // MOST)
        text += (
            f"; where there are more than {MOST} configurations, evenly spaced ones are"
            f" used (one in up to {step})"
        )
    text += "."
    if search_importance.too_few:
        said = ", ".join(
            f"{name} ({count})" for name, count in search_importance.too_few.items()
        )
        text += f" Fewer than {FEWEST} completed configurations have: {said}."
    return text
