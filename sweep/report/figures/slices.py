"""Slice plot: the study's metric against each searched parameter."""

from __future__ import annotations

from collections.abc import Sequence
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

# Marker, colour and height of trials without a value, in a strip below the values; heights are
# shares of the panel's height.
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
    """One panel per parameter, with the completed configurations that have it.

    None with fewer than two completed configurations.
    """
    tried = evidence.searched
    values = [one.value for one in tried if one.value is not None]
    axes_of = scales(evidence, tried)
    if len(values) < 2 or not axes_of:
        return None
    metric = evidence.history.spec.metric.name
    stopped = counts(one.state for one in tried if one.state in _STOPPED)
    figure, all_axes = panels(len(axes_of), height=1.4, extra=0.1, sharey=True)
    for axes, scale in zip(all_axes, axes_of, strict=True):
        _draw(axes, scale, [one for one in tried if scale.name in one.config])
    if stopped:
        _make_room(all_axes, values)
    text = f"{label(metric, 26)} {arrow(evidence.history, metric)}"
    value_label(figure, all_axes, text)
    caption = (
        f"Each point is one of {len(values)} completed configurations; n of them have"
        " the parameter"
    )
    if stopped:
        caption += f"; in the strip below: {stopped} ({_MARKS}), which have no value"
    caption += (
        ". Other parameters differ from point to point: the panels show where the search"
        " sampled, not the effect of a parameter."
    )
    return Drawing(figure, f"Slices: {metric} against each parameter", caption)


def _draw(axes: Any, scale: Scale, tried: list[Searched]) -> None:
    """The values of configurations at one parameter, and marks of those without a value."""
    complete = [one for one in tried if one.value is not None]
    positions = [scale.position(one.config[scale.name]) for one in complete]
    values = [one.value for one in complete]
    style = {**points(len(complete)), "markeredgewidth": 0}
    axes.plot(positions, values, "o", color=BLUE, label=scale.name, **style)
    for state, (marker, colour, height) in _STOPPED.items():
        stopped = [one for one in tried if one.state is state]
        positions = [scale.position(one.config[scale.name]) for one in stopped]
        axes.plot(
            positions,
            [height] * len(positions),
            marker,
            color=colour,
            markersize=3,
            markeredgewidth=0.8,
            transform=axes.get_xaxis_transform(),
            label=state.value,
        )
    axes.set_xlabel(f"{label(scale.name, 26, 2)} (n = {len(complete)})")
    if scale.choices is not None:
        _label_choices(axes, scale.choices)
    elif scale.log:
        log_axis(axes, "x", scale.low, scale.high)


def _label_choices(axes: Any, choices: Sequence[Any]) -> None:
    """Label the axis of a parameter with choices; long labels are slanted."""
    names = [label(choice, 9, 2) for choice in choices]
    characters = sum(map(len, names)) + 3 * len(names)
    would_touch = characters > 26
    slant = _SLANTED if would_touch else {}
    axes.set_xticks(range(len(names)), names, **slant)
    axes.set_xlim(-0.5, len(names) - 0.5)


def _make_room(all_axes: list[Any], values: list[float]) -> None:
    """Add a strip without ticks below the values, as marks in it are not values."""
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    bottom, top = low - margin, high + margin
    ticks = [tick for tick in all_axes[0].get_yticks() if bottom <= tick <= top]
    for axes in all_axes:
        style = {"transform": axes.transAxes, "color": PALE}
        strip = Rectangle((0, 0), 1, _STRIP, zorder=0, linewidth=0, **style)
        axes.add_patch(strip)
        axes.set_yticks(ticks)
    below_values = (top - bottom) * _STRIP / (1 - _STRIP)
    all_axes[0].set_ylim(bottom - below_values, top)
