"""Slice plot: the study's metric against each parameter that was searched."""

from __future__ import annotations

from typing import Any

from sweep.report.evidence import Evidence, arrow
from sweep.report.figures.reading import Searched, counts, searched
from sweep.report.figures.scale import Scale, scales
from sweep.report.figures.style import BLUE, ORANGE, VERMILLION, Drawing, label, log_axis, panels, styled
from sweep.trial import State

_STOPPED = {State.PRUNED: ("x", ORANGE, -0.03), State.FAILED: ("+", VERMILLION, -0.09)}  # marker, colour, height


@styled
def slices(evidence: Evidence) -> Drawing | None:
    """One panel a parameter, among the completed configurations that have it; None without two of them."""
    tried = searched(evidence)
    complete = [seen for seen in tried if seen.value is not None]
    axes_of = scales(evidence, tried)
    if len(complete) < 2 or not axes_of:
        return None
    own = evidence.history.spec.metric
    figure, all_axes = panels(len(axes_of), height=1.4, extra=0.1, sharey=True)
    for axes, scale in zip(all_axes, axes_of, strict=True):
        _draw(axes, scale, [seen for seen in tried if scale.name in seen.config])
    figure.supylabel(f"{label(own.name, 40)} {arrow(evidence.history, own.name)}", fontsize=7)
    stopped = counts(seen.state for seen in tried if seen.state in _STOPPED)
    text = f"Each point is one of {len(complete)} completed configurations; n of them have the parameter"
    if stopped:
        text += f"; marks under a panel: {stopped} (× pruned, + failed), which have no value"
    text += ". Other parameters differ from point to point: this is where the search looked, not an effect."
    return Drawing(figure, f"Slices: {own.name} against each parameter", text)


def _draw(axes: Any, scale: Scale, having: list[Searched]) -> None:
    complete = [seen for seen in having if seen.value is not None]
    places = [scale.position(seen.config[scale.name]) for seen in complete]
    axes.plot(places, [seen.value for seen in complete], "o", color=BLUE, markersize=3, alpha=0.7, label=scale.name)
    for state, (marker, colour, height) in _STOPPED.items():
        at = [scale.position(seen.config[scale.name]) for seen in having if seen.state is state]
        axes.plot(at, [height] * len(at), marker, color=colour, markersize=3, markeredgewidth=0.8, clip_on=False,
                  transform=axes.get_xaxis_transform(), zorder=4, label=state.value)  # fmt: skip
    axes.set_xlabel(f"{label(scale.name, 26, 2)} (n = {len(complete)})")
    axes.tick_params(axis="x", pad=6)
    if scale.choices is not None:
        axes.set_xticks(range(len(scale.choices)), [label(choice, 9, 2) for choice in scale.choices])
        axes.set_xlim(-0.5, len(scale.choices) - 0.5)
        if len(scale.choices) > 4:
            axes.tick_params(axis="x", labelrotation=90)
    elif scale.log:
        log_axis(axes, "x", scale.low, scale.high)
