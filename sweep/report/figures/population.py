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
    pbt = populations.section(history.spec)
    curves = _curves(history)
    if pbt is None or not len(curves):
        return None
    copies = list(_copies(history))
    best = populations.best(history)
    panel_count = 1 + len(pbt.parameters)
    columns = 1 if panel_count <= _IN_ONE_COLUMN else 2
    figure, all_axes = panels(
        panel_count, columns=columns, height=1.1, extra=0.4, sharex=True
    )
    metric = history.spec.metric.name
    metric_axes, *parameter_axes = all_axes
    _draw_metric(metric_axes, history, curves, copies, best)
    metric_axes.set_title(label(f"{metric} {arrow(history, metric)}", 40, 1))
    for axes, name in zip(parameter_axes, pbt.parameters, strict=True):
        _draw_parameter(axes, history, name, copies, best)
        axes.set_title(label(name, 40, 1))
    count_axes(all_axes, "Epoch", columns)
    handles = _legend_handles(all_axes)
    legend(figure, list(handles.values()), list(handles))
    title = f"Population: {metric} and the explored values of each member"
    return Drawing(figure, title, _caption(history, copies, best))


def _legend_handles(all_axes: Sequence[Any]) -> dict[str, Any]:
    """Label → the first line with it; labels that begin with `_` have no entry in a legend."""
    handles: dict[str, Any] = {}
    for axes in all_axes:
        for line in axes.lines:
            text = str(line.get_label())
            if not text.startswith("_"):
                handles.setdefault(text, line)
    return handles


def _curves(history: History) -> pd.DataFrame:
    """(epochs trained, members): the metric; NaN where a member has no finite value."""
    metric = history.spec.metric.name
    columns: dict[int, dict[int, float]] = {}
    for trial in history.stage(populations.STAGE):
        by_epochs_done = {}
        for epoch, value in trial.curve(metric).items():
            by_epochs_done[trial.epochs_done(epoch)] = value
        if by_epochs_done:
            columns[trial.number] = by_epochs_done
    return pd.DataFrame(columns).sort_index()


def _copies(history: History) -> Iterator[Copy]:
    """Every copy that the log records, in order."""
    for decision in history.population:
        for copy in decision.copies:
            yield Copy(decision.after, copy)


def _draw_metric(
    axes: Any,
    history: History,
    curves: pd.DataFrame,
    copies: Sequence[Copy],
    best: Trial | None,
) -> None:
    """Draw the curve of each member, the copies, and the curve of the best member's weights."""
    for position, number in enumerate(map(int, curves.columns)):
        _draw_member(axes, history, curves, copies, number, is_first=position == 0)
    for copy in copies:
        value = _value_copied(history, copy)
        if value is not None:
            _mark(axes, copy, value)
    limits = _limits(curves, copies)
    if limits is not None:
        axes.set_ylim(*limits)
    if best is not None:
        epochs, values = _values_on_the_way(curves, best)
        _draw_best(axes, epochs, values, is_first=True)


def _draw_member(
    axes: Any,
    history: History,
    curves: pd.DataFrame,
    copies: Sequence[Copy],
    number: int,
    *,
    is_first: bool,
) -> None:
    """Draw a member's curve; it breaks at each copy and continues from the source's value.

    Args:
        axes: of the metric.
        history: the study's.
        curves: (epochs trained, members).
        copies: of all members.
        number: of the member.
        is_first: whether the member stands for all in the legend.
    """
    copied_after = {copy.after: copy for copy in copies if copy.copy.trial == number}
    last_epoch = int(curves.index[-1])
    for before, last in _stretches(copies, number, last_epoch):
        stretch = _between(curves, number, before, last)
        epochs = list(stretch.index)
        values = list(stretch)
        if before in copied_after:
            source_value = _value_copied(history, copied_after[before])
            if source_value is not None:
                epochs.insert(0, before)
                values.insert(0, source_value)
        is_named = is_first and before == 0
        name = "a member" if is_named else "_"
        axes.plot(epochs, values, color=GREY, linewidth=0.6, label=name)


def _between(
    curves: pd.DataFrame, number: int, before: int, last: int
) -> pd.Series[float]:
    """A member's values after `before` epochs and up to epoch `last`, without NaN."""
    curve = curves[number].dropna()
    inside = (curve.index > before) & (curve.index <= last)
    return curve[inside]


def _value_copied(history: History, copy: Copy) -> float | None:
    """The metric of the member whose checkpoint was copied."""
    source = history.trials[copy.copy.source]
    return populations.value_after(history.spec, source, copy.after)


def _limits(curves: pd.DataFrame, copies: Sequence[Copy]) -> tuple[float, float] | None:
    """Limits of the value axis without stretches that ended in a failure; None: all fit."""
    sound = _without_failures(curves, copies)
    interpolated = sound.interpolate(limit_area="inside")
    kept = []
    for number in interpolated:
        curve = interpolated[[number]].dropna()
        if len(curve):
            kept.append(curve)
    limits = window(kept)
    if limits is not None or interpolated.equals(curves) or not kept:
        return limits
    low = min(float(curve.min().iloc[0]) for curve in kept)
    high = max(float(curve.max().iloc[0]) for curve in kept)
    margin = 0.05 * (high - low) or 0.5
    return low - margin, high + margin


def _without_failures(curves: pd.DataFrame, copies: Sequence[Copy]) -> pd.DataFrame:
    """The curves, NaN in each stretch that ended in a failure."""
    sound = curves.copy()
    for copy in copies:
        if copy.copy.failure:
            member = copy.copy.trial
            stretches = _stretches(copies, member, copy.after)
            earlier = [before for before, _ in stretches if before < copy.after]
            is_lost = (sound.index > max(earlier)) & (sound.index <= copy.after)
            sound.loc[is_lost, member] = float("nan")
    return sound


def _values_on_the_way(
    curves: pd.DataFrame, best: Trial
) -> tuple[list[int], list[float]]:
    """Epochs, and the metric of whoever trained the best member's weights then."""
    epochs: list[int] = []
    values: list[float] = []
    last_epoch = int(curves.index[-1])
    for before, last, number in _way(best, last_epoch):
        stretch = _between(curves, number, before, last)
        epochs.extend(stretch.index)
        values.extend(stretch)
    return epochs, values


def _draw_parameter(
    axes: Any,
    history: History,
    name: str,
    copies: Sequence[Copy],
    best: Trial | None,
) -> None:
    """Draw the values of one explored parameter: of each member, at each copy, of the best."""
    members = history.stage(populations.STAGE)
    values = [trial.config[name] for trial in members]
    values += [copy.copy.values[name] for copy in copies]
    scale = scale_of(history.spec.parameters[name], values)
    _prepare_axis(axes, scale, members)
    last_epoch = max(trial.budget or 0 for trial in members)
    for trial in members:
        for before, last in _stretches(copies, trial.number, last_epoch):
            end = min(last, max(trial.epochs_behind, before))
            height = scale.position(_value_from(trial, name, copies, before))
            ends, heights = [before, end], [height, height]
            axes.plot(ends, heights, color=GREY, linewidth=0.6, label="_")
    for copy in copies:
        height = scale.position(copy.copy.values[name])
        _mark(axes, copy, height)
    if best is not None:
        trained = populations.as_trained(history.spec, best)
        _draw_best_values(axes, scale, best, trained)


def _prepare_axis(axes: Any, scale: Scale, members: Sequence[Trial]) -> None:
    """Make the value axis logarithmic, or label it with the choices, as the parameter needs."""
    if scale.log:
        positions = [scale.position(trial.config[scale.name]) for trial in members]
        log_axis(axes, "y", min(positions), max(positions))
    if scale.choices is not None:
        ticks = range(len(scale.choices))
        labels = [label(choice, 10, 1) for choice in scale.choices]
        axes.set_yticks(ticks, labels)


def _draw_best_values(
    axes: Any, scale: Scale, best: Trial, trained: Mapping[str, Any]
) -> None:
    """Draw the values that the best member's weights were trained with, epoch by epoch."""
    last_epoch = best.budget or 0
    for before, last, _ in _way(best, last_epoch):
        value = config_after(trained, before)[scale.name]
        height = scale.position(value)
        _draw_best(axes, [before, last], [height, height], is_first=before == 0)


def _value_from(trial: Trial, name: str, copies: Sequence[Copy], before: int) -> Any:
    """A member's own value of a parameter from an epoch on: that of its copy then, if any."""
    for copy in copies:
        if copy.copy.trial == trial.number and copy.after == before:
            return copy.copy.values[name]
    return trial.config[name]


def _stretches(
    copies: Sequence[Copy], number: int, last_epoch: int
) -> Iterator[tuple[int, int]]:
    """The stretches of epochs between a member's copies, as (epochs before, last epoch)."""
    own_copies = [copy for copy in copies if copy.copy.trial == number]
    begins = [0, *(copy.after for copy in own_copies)]
    ends = [*begins[1:], last_epoch]
    yield from zip(begins, ends, strict=True)


def _way(best: Trial, last_epoch: int) -> Iterator[tuple[int, int, int]]:
    """Which member trained the best one's weights: (epochs before, last epoch, member)."""
    ancestry = lineage(best)
    begins = [0, *(step.after for step in ancestry.steps)]
    ends = [*begins[1:], last_epoch]
    members = [ancestry.root, *(step.trial for step in ancestry.steps)]
    yield from zip(begins, ends, members, strict=True)


def _draw_best(
    axes: Any, epochs: list[int], values: list[float], *, is_first: bool
) -> None:
    """Draw a part of the best member's line; only its first part is in the legend."""
    name = "the best member's weights" if is_first else "_"
    axes.plot(epochs, values, color=BLUE, linewidth=1.6, label=name, zorder=3)


def _mark(axes: Any, copy: Copy, height: float) -> None:
    """Mark a copy at its epoch; the mark says whether the member had failed."""
    colour, marker = ORANGE, ">"
    if copy.copy.failure:
        colour, marker = VERMILLION, "X"
    style = {"color": colour, "marker": marker, "markersize": 4, "zorder": 4}
    axes.plot(
        [copy.after], [height], linestyle="None", markeredgecolor=LIGHT,
        markeredgewidth=0.3, label=copy.kind, **style,
    )  # fmt: skip


def _caption(history: History, copies: Sequence[Copy], best: Trial | None) -> str:
    """The caption: what lines and marks mean, and how many copies there were."""
    failed = sum(bool(copy.copy.failure) for copy in copies)
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
