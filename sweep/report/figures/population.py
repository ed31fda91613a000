"""A population over its epochs: members' values, their explored parameters, and who copied whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sweep.history.history import History
from sweep.model.by_epoch import config_after
from sweep.model.lineage import lineage
from sweep.model.population_events import MemberCopied
from sweep.model.trial import Trial
from sweep.report.evidence import Evidence, arrow
from sweep.report.figures.curve_window import window
from sweep.report.figures.scale import Scale, scale_of
from sweep.report.figures.style import (
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    VERMILLION,
    Drawing,
    count_axes,
    label,
    legend,
    log_axis,
    panels,
    styled,
)
from sweep.search import population as populations

_IN_ONE_COLUMN = 4  # panels; more are in two columns
_COPIES = "copies a better member"
_FAILED = "failed, and copies one"


@dataclass(frozen=True)
class Copy:
    """A copy, as it is marked.

    Attributes:
        after: epochs trained before it.
        copy: what the log has of it.
    """

    after: int
    copy: MemberCopied

    @property
    def kind(self) -> str:
        """Its label in the legend."""
        return _FAILED if self.copy.failure else _COPIES


@styled
def population(evidence: Evidence) -> Drawing | None:
    """The metric and each explored parameter over the epochs, a line for each member.

    Copies are marked where they happened. The weights that the best member has at the end are
    followed back to the member in which they began. None if the search is no population, or no
    member has a value.
    """
    history = evidence.history
    pbt, metric = populations.section(history.spec), history.spec.metric.name
    curves = _curves(history)
    if pbt is None or not len(curves):
        return None
    members = history.stage(populations.STAGE)
    copies = list(_copies(history))
    best = populations.best(history)
    count = 1 + len(pbt.parameters)
    columns = 1 if count <= _IN_ONE_COLUMN else 2
    figure, all_axes = panels(
        count, columns=columns, height=1.1, extra=0.4, sharex=True
    )
    _draw_metric(all_axes[0], history, curves, copies, best)
    all_axes[0].set_title(label(f"{metric} {arrow(history, metric)}", 40, 1))
    for axes, name in zip(all_axes[1:], pbt.parameters, strict=True):
        values = [trial.config[name] for trial in members]
        values += [each.copy.values[name] for each in copies]
        scale = scale_of(history.spec.parameters[name], values)
        _draw_parameter(axes, scale, members, copies)
        if best is not None:
            _follow_values(
                axes, scale, best, populations.as_trained(history.spec, best)
            )
        axes.set_title(label(name, 40, 1))
    count_axes(all_axes, "Epoch", columns)
    handles: dict[str, Any] = {}
    for axes in all_axes:
        for line in axes.lines:
            if not str(line.get_label()).startswith("_"):
                handles.setdefault(str(line.get_label()), line)
    legend(figure, list(handles.values()), list(handles))
    title = f"Population: {metric} and the explored values of each member"
    return Drawing(figure, title, _caption(history, copies, best))


def _curves(history: History) -> pd.DataFrame:
    """(epochs trained, members): the metric; NaN where a member has no finite value."""
    metric = history.spec.metric.name
    columns: dict[int, dict[int, float]] = {}
    for trial in history.stage(populations.STAGE):
        curve = trial.curve(metric)
        if curve:
            columns[trial.number] = {
                trial.epochs_done(epoch): value for epoch, value in curve.items()
            }
    return pd.DataFrame(columns).sort_index()


def _copies(history: History) -> Iterator[Copy]:
    for decided in history.population:
        for copy in decided.copies:
            yield Copy(decided.after, copy)


def _draw_metric(
    axes: Any,
    history: History,
    curves: pd.DataFrame,
    copies: Sequence[Copy],
    best: Trial | None,
) -> None:
    copied = {(each.copy.trial, each.after): each for each in copies}
    for position, number in enumerate(map(int, curves.columns)):
        curve = curves[number].dropna()
        for first, last in _trained(copies, number, int(curves.index[-1])):
            stretch = curve[(curve.index > first) & (curve.index <= last)]
            epochs, values = list(stretch.index), list(stretch)
            if (number, first) in copied:  # it goes on from its source's value
                begin = _value_copied(history, copied[number, first])
                if begin is not None:
                    epochs, values = [first, *epochs], [begin, *values]
            name = "a member" if position == 0 and first == 0 else "_"
            axes.plot(epochs, values, color=GREY, linewidth=0.6, label=name)
    for each in copies:
        value = _value_copied(history, each)
        if value is not None:
            _mark(axes, each, value)
    limits = _limits(curves, copies)
    if limits is not None:
        axes.set_ylim(*limits)
    if best is not None:
        epochs, values = _values_on_the_way(curves, best)
        _follow(axes, epochs, values, is_first=True)


def _value_copied(history: History, each: Copy) -> float | None:
    """The metric of the member whose checkpoint was copied."""
    source = history.trials[each.copy.source]
    return populations.value_after(history.spec, source, each.after)


def _limits(curves: pd.DataFrame, copies: Sequence[Copy]) -> tuple[float, float] | None:
    """Limits of the value axis without stretches that ended in a failure; None: all fit."""
    sound = curves.copy()
    for each in copies:
        if each.copy.failure:
            member = each.copy.trial
            begins = [first for first, last in _trained(copies, member, each.after)]
            begin = max(first for first in begins if first < each.after)
            lost = (sound.index > begin) & (sound.index <= each.after)
            sound.loc[lost, member] = float("nan")
    sound = sound.interpolate(limit_area="inside")
    kept = [sound[[number]].dropna() for number in sound]
    kept = [curve for curve in kept if len(curve)]
    limits = window(kept)
    if limits is not None or sound.equals(curves) or not kept:
        return limits
    low = min(float(curve.min().iloc[0]) for curve in kept)
    high = max(float(curve.max().iloc[0]) for curve in kept)
    margin = 0.05 * (high - low) or 0.5
    return low - margin, high + margin


def _values_on_the_way(
    curves: pd.DataFrame, best: Trial
) -> tuple[list[int], list[float]]:
    """Epochs, and the metric of whoever trained the best member's weights then."""
    epochs: list[int] = []
    values: list[float] = []
    for first, last, number in _way(best, int(curves.index[-1])):
        curve = curves[number].dropna()
        stretch = curve[(curve.index > first) & (curve.index <= last)]
        epochs += list(stretch.index)
        values += list(stretch)
    return epochs, values


def _draw_parameter(
    axes: Any,
    scale: Scale,
    members: Sequence[Trial],
    copies: Sequence[Copy],
) -> None:
    if scale.log:
        positions = [scale.position(trial.config[scale.name]) for trial in members]
        log_axis(axes, "y", min(positions), max(positions))
    if scale.choices is not None:
        ticks = range(len(scale.choices))
        axes.set_yticks(ticks, [label(choice, 10, 1) for choice in scale.choices])
    last_epoch = max(trial.budget or 0 for trial in members)
    for trial in members:
        for first, last in _trained(copies, trial.number, last_epoch):
            value = _value_from(trial, scale.name, copies, first)
            end = min(last, max(trial.epochs_behind, first))
            height = scale.position(value)
            axes.plot([first, end], [height] * 2, color=GREY, linewidth=0.6, label="_")
    for each in copies:
        _mark(axes, each, scale.position(each.copy.values[scale.name]))


def _follow_values(
    axes: Any, scale: Scale, best: Trial, trained: Mapping[str, Any]
) -> None:
    """The values that the best member's weights were trained with, epoch by epoch."""
    for first, last, _ in _way(best, best.budget or 0):
        value = config_after(trained, first)[scale.name]
        heights = [scale.position(value)] * 2
        _follow(axes, [first, last], heights, is_first=first == 0)


def _value_from(trial: Trial, name: str, copies: Sequence[Copy], first: int) -> Any:
    """A member's own value from an epoch on."""
    for each in copies:
        if each.copy.trial == trial.number and each.after == first:
            return each.copy.values[name]
    return trial.config[name]


def _trained(
    copies: Sequence[Copy], number: int, last_epoch: int
) -> Iterator[tuple[int, int]]:
    """The stretches of epochs between a member's copies, as (epochs before, last epoch)."""
    begins = [0, *(each.after for each in copies if each.copy.trial == number)]
    yield from zip(begins, [*begins[1:], last_epoch], strict=True)


def _way(best: Trial, last_epoch: int) -> Iterator[tuple[int, int, int]]:
    """Which member trained the best one's weights: (epochs before, last epoch, member)."""
    ancestry = lineage(best)
    begins = [0, *(step.after for step in ancestry.steps)]
    members = [ancestry.root, *(step.trial for step in ancestry.steps)]
    yield from zip(begins, [*begins[1:], last_epoch], members, strict=True)


def _follow(axes: Any, x: list[int], y: list[float], *, is_first: bool) -> None:
    name = "the best member's weights" if is_first else "_"
    axes.plot(x, y, color=BLUE, linewidth=1.6, label=name, zorder=3)


def _mark(axes: Any, each: Copy, height: float) -> None:
    colour, marker = (VERMILLION, "X") if each.copy.failure else (ORANGE, ">")
    style = {"color": colour, "marker": marker, "markersize": 4, "zorder": 4}
    axes.plot(
        [each.after], [height], linestyle="None", markeredgecolor=LIGHT,
        markeredgewidth=0.3, label=each.kind, **style,
    )  # fmt: skip


def _caption(history: History, copies: Sequence[Copy], best: Trial | None) -> str:
    failed = sum(bool(each.copy.failure) for each in copies)
    members = len(history.stage(populations.STAGE))
    text = (
        f"One line for each of {members} members. A mark shows where a member "
        "continues from another member's checkpoint, at that member's value, with "
        f"changed values: {len(copies)} copies"
    )
    if failed:
        text += f", {failed} of them of members that had failed"
    if best is not None:
        text += (
            f"; thick: the weights that trial {best.number}, the best at its last epoch, ended "
            f"with, from the member in which they began"
        )
    return text + "."
