"""Heat maps of a factorial design: whether the effect of one factor depends on another."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import matplotlib as mpl
import numpy as np

from sweep.model.arm import Arm
from sweep.report.evidence import Evidence, arrow, goal_of
from sweep.report.figures.style import (
    COLUMN,
    PAGE,
    Drawing,
    better_colours,
    canvas,
    label,
    styled,
)
from sweep.report.figures.values import left_out, selection
from sweep.report.numbers import plain

_LUMINANCE = (0.299, 0.587, 0.114)  # weights of red, green and blue (ITU-R BT.601)


@dataclass(frozen=True)
class _Map:
    """Mean of the metric at every pair of levels of two factors.

    `means` and `runs` have shape (rows, columns); a mean is NaN where an arm has no run.
    """

    rows: str
    columns: str
    row_levels: tuple[Any, ...]
    column_levels: tuple[Any, ...]
    means: np.ndarray[Any, np.dtype[np.float64]]
    runs: np.ndarray[Any, np.dtype[np.int64]]


@styled
def interactions(evidence: Evidence) -> Drawing | None:
    """Draw a map for each pair of factors, on the evidence's first metric.

    Return None without two varied factors, or without results.
    """
    arms = _factorial_arms(evidence)
    levels = _levels(evidence, arms)
    pairs = itertools.combinations(levels, 2)
    maps = [_map(evidence, pair, levels) for pair in pairs]
    all_means = [one_map.means.ravel() for one_map in maps]
    means = np.concatenate([[], *all_means])
    if not np.isfinite(means).any():
        return None
    metric = evidence.metrics[0]
    norm = _colour_scale(means)
    cmap = better_colours(goal_of(evidence.history, metric))
    figure, all_axes = _layout(maps)
    for axes, one_map in zip(all_axes, maps, strict=True):
        _draw(axes, one_map, norm, cmap)
    title = f"{label(metric, 40)} {arrow(evidence.history, metric)}"
    colours = mpl.cm.ScalarMappable(norm, cmap)
    colour_bar = figure.colorbar(colours, ax=all_axes, label=title)
    colour_bar.outline.set_visible(False)
    has_gap = bool(np.isnan(means).any())
    caption = _caption(evidence, len(levels), missing=has_gap)
    caption += left_out(evidence, [arm.name for arm in arms])
    return Drawing(figure, f"Factorial design: {metric} by pairs of factors", caption)


def _levels(evidence: Evidence, arms: Sequence[Arm]) -> dict[str, tuple[Any, ...]]:
    """Return factor → its levels, of each factor of the design that the arms vary."""
    levels: dict[str, tuple[Any, ...]] = {}
    ablation = evidence.history.spec.ablation
    if ablation is None:
        return levels
    for factor in ablation.designs.factorial:
        values = [arm.config.get(factor) for arm in arms]
        distinct = _distinct(values)
        if len(distinct) > 1:
            levels[factor] = distinct
    return levels


def _factorial_arms(evidence: Evidence) -> list[Arm]:
    """Return the arms of the factorial design."""
    return [arm for arm in evidence.arms.values() if arm.design == "factorial"]


def _colour_scale(means: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
    """Return the scale from the lowest to the highest mean; equal means get a tiny range."""
    low = float(np.nanmin(means))
    high = float(np.nanmax(means))
    if high <= low:
        high = low + 1e-12
    return mpl.colors.Normalize(low, high)


def _layout(maps: Sequence[_Map]) -> tuple[Any, list[Any]]:
    """Return an empty figure with axes for every map; their heights fit the maps' rows."""
    row_counts = [one_map.means.shape[0] for one_map in maps]
    most_columns = max(one_map.means.shape[1] for one_map in maps)
    width = COLUMN if most_columns <= 5 else PAGE
    heights = [0.5 + 0.34 * count for count in row_counts]
    figure = canvas(0.35 + sum(heights), width)
    ratios = [count + 1 for count in row_counts]
    all_axes = figure.subplots(len(maps), 1, squeeze=False, height_ratios=ratios)
    first_column = all_axes[:, 0]
    return figure, list(first_column)


def _caption(evidence: Evidence, factors: int, *, missing: bool) -> str:
    """Return the caption; `missing` says whether a cell has no mean."""
    text = f"Mean of {evidence.metrics[0]} (n runs), {selection(evidence)}"
    if factors > 2:
        text += (
            "; a cell averages its arms over the levels of the other factors, each arm"
            " with equal weight"
        )
    text += "; darker is better; parallel rows mean no interaction"
    if missing:
        text += "; hatched: an arm of the cell has no complete run"
    return f"{text}."


def _map(
    evidence: Evidence, pair: tuple[str, str], levels: dict[str, tuple[Any, ...]]
) -> _Map:
    """Return the map of one pair of factors."""
    rows, columns = pair
    shape = len(levels[rows]), len(levels[columns])
    means = np.full(shape, np.nan)
    runs = np.zeros(shape, dtype=np.int64)
    for cell, names in _arms_by_cell(evidence, pair, levels).items():
        arm_means = []
        for name in names:
            estimate, _ = evidence.estimate(name, evidence.metrics[0])
            if estimate is not None:
                arm_means.append(estimate.mean)
                runs[cell] += estimate.n
        is_complete = len(arm_means) == len(names)
        if is_complete:
            means[cell] = fmean(arm_means)
    return _Map(
        rows=rows,
        columns=columns,
        row_levels=levels[rows],
        column_levels=levels[columns],
        means=means,
        runs=runs,
    )


def _arms_by_cell(
    evidence: Evidence, pair: tuple[str, str], levels: dict[str, tuple[Any, ...]]
) -> dict[tuple[int, int], list[str]]:
    """Return (row, column) → the arms with these levels of the two factors."""
    rows, columns = pair
    cells: dict[tuple[int, int], list[str]] = {}
    for arm in _factorial_arms(evidence):
        row = _index(levels[rows], arm.config.get(rows))
        column = _index(levels[columns], arm.config.get(columns))
        names = cells.setdefault((row, column), [])
        names.append(arm.name)
    return cells


def _draw(axes: Any, one_map: _Map, norm: Any, cmap: str) -> None:
    """Draw one map with the mean and the number of runs in each cell."""
    colours = mpl.colormaps[cmap]
    means = one_map.means
    axes.imshow(np.ma.masked_invalid(means), cmap=colours, norm=norm, aspect="auto")
    decimals = _decimals(means)
    for (row, column), mean in np.ndenumerate(means):
        if math.isnan(mean):
            _hatch(axes, row, column)
            continue
        axes.text(
            column,
            row,
            f"{plain(mean, decimals)}\nn = {one_map.runs[row, column]}",
            ha="center",
            va="center",
            color=_readable_on(colours(norm(mean))),
            linespacing=1.05,
        )
    column_labels = [_level(level) for level in one_map.column_levels]
    row_labels = [_level(level) for level in one_map.row_levels]
    axes.set_xticks(range(len(column_labels)), column_labels)
    axes.set_yticks(range(len(row_labels)), row_labels)
    axes.set_xlabel(label(one_map.columns, 40))
    axes.set_ylabel(label(one_map.rows, 18))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _readable_on(background: tuple[float, float, float, float]) -> str:
    """Return the colour of text on a background (red, green, blue, opacity)."""
    luminance = np.dot(background[:3], _LUMINANCE)
    return "white" if luminance < 0.5 else "black"


def _hatch(axes: Any, row: int, column: int) -> None:
    """Hatch a cell without a mean."""
    corner = (column - 0.5, row - 0.5)
    rectangle = mpl.patches.Rectangle(
        corner, 1, 1, fill=False, hatch="////", linewidth=0
    )
    axes.add_patch(rectangle)


def _decimals(means: np.ndarray[Any, np.dtype[np.float64]]) -> int | None:
    """Return the decimals that show the differences of the means; None if they are equal."""
    finite = means[np.isfinite(means)]
    spread = float(np.ptp(finite)) if finite.size else 0.0
    if spread <= 0:
        return None
    magnitude = math.floor(math.log10(spread))
    return min(max(0, 2 - magnitude), 6)


def _distinct(values: Sequence[Any]) -> tuple[Any, ...]:
    """Return the values without repetitions, in their order."""
    by_text: dict[str, Any] = {}
    for value in values:
        by_text.setdefault(repr(value), value)
    return tuple(by_text.values())


def _index(levels: Sequence[Any], value: Any) -> int:
    """Return the position of a value among the levels."""
    return [repr(level) for level in levels].index(repr(value))


def _level(value: Any) -> str:
    """Return a level's label."""
    return "inactive" if value is None else label(value, 12, 2)
