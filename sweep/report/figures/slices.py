"""Slice plot: the study's metric against each parameter that was searched."""

from __future__ import annotations

from typing import Any

from matplotlib.patches import Rectangle

from sweep.model.trial import State
from sweep.report.evidence import Evidence, arrow
from sweep.report.figures.scale import Scale, scales
from sweep.report.figures.style import (
    BLUE,
    GREEN,
    ORANGE,
    PALE,
    VERMILLION,
    Drawing,
    label,
    log_axis,
    panels,
    points,
    styled,
    value_label,
)
from sweep.report.figures.values import counts
from sweep.report.searched import Searched

# Marker, colour and height of what has no value, in a strip under the values; a share of the
# panel's height.
_STOPPED = {
    State.PRUNED: ("x", ORANGE, 0.05),
    State.PAUSED: ("s", GREEN, 0.09),
    State.FAILED: ("+", VERMILLION, 0.13),
}
_MARKS = "× pruned, + failed, ■ paused"
_STRIP = 0.18
_SLANTED = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}


@styled
def slices(evidence: Evidence) -> Drawing | None:
    """One panel a parameter, among the completed configurations that have it; None
    without two of them.
    """
    tried = evidence.searched
    complete = [seen for seen in tried if seen.value is not None]
    axes_of = scales(evidence, tried)
    if len(complete) < 2 or not axes_of:
        return None
    own = evidence.history.spec.metric
    stopped = counts(seen.state for seen in tried if seen.state in _STOPPED)
    figure, all_axes = panels(len(axes_of), height=1.4, extra=0.1, sharey=True)
    for axes, scale in zip(all_axes, axes_of, strict=True):
        _draw(axes, scale, [seen for seen in tried if scale.name in seen.config])
    if stopped:
        _make_room(
            all_axes, [seen.value for seen in complete if seen.value is not None]
        )
    value_label(
        figure, all_axes, f"{label(own.name, 26)} {arrow(evidence.history, own.name)}"
    )
    text = (
        f"Each point is one of {len(complete)} completed configurations; n of them have"
        " the parameter"
    )
    if stopped:
        text += f"; in the strip below: {stopped} ({_MARKS}), which have no value"
    text += (
        ". Other parameters differ from point to point: this is where the search"
        " looked, not an effect."
    )
    return Drawing(figure, f"Slices: {own.name} against each parameter", text)


def _draw(axes: Any, scale: Scale, having: list[Searched]) -> None:
    complete = [seen for seen in having if seen.value is not None]
    places = [scale.position(seen.config[scale.name]) for seen in complete]
    values, look = [seen.value for seen in complete], points(len(complete))
    axes.plot(
        places, values, "o", color=BLUE, markeredgewidth=0, label=scale.name, **look
    )
    for state, (marker, colour, height) in _STOPPED.items():
        at = [
            scale.position(seen.config[scale.name])
            for seen in having
            if seen.state is state
        ]
        axes.plot(at, [height] * len(at), marker, color=colour, markersize=3, markeredgewidth=0.8,
                  transform=axes.get_xaxis_transform(), label=state.value)  # fmt: skip
    axes.set_xlabel(f"{label(scale.name, 26, 2)} (n = {len(complete)})")
    if scale.choices is not None:
        names = [label(choice, 9, 2) for choice in scale.choices]
        touching = sum(map(len, names)) + 3 * len(names) > 26
        axes.set_xticks(range(len(names)), names, **(_SLANTED if touching else {}))
        axes.set_xlim(-0.5, len(names) - 0.5)
    elif scale.log:
        log_axis(axes, "x", scale.low, scale.high)


def _make_room(all_axes: list[Any], values: list[float]) -> None:
    """A strip under the values, without ticks, so that nothing in it can be read as one."""
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    bottom, top = low - margin, high + margin
    ticks = [tick for tick in all_axes[0].get_yticks() if bottom <= tick <= top]
    for axes in all_axes:
        axes.add_patch(
            Rectangle(
                (0, 0),
                1,
                _STRIP,
                transform=axes.transAxes,
                color=PALE,
                zorder=0,
                linewidth=0,
            )
        )
        axes.set_yticks(ticks)
    all_axes[0].set_ylim(bottom - (top - bottom) * _STRIP / (1 - _STRIP), top)
