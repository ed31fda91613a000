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
    """One map per pair of factors, on the evidence's first metric.

    None without two varied factors, or without results.
    """
    ablation = evidence.history.spec.ablation
    arms = [arm for arm in evidence.arms.values() if arm.design == "factorial"]
    if ablation is None or not arms:
        return None
    metric = evidence.metrics[0]
    levels = {
        factor: _distinct([arm.config.get(factor) for arm in arms])
        for factor in ablation.designs.factorial
    }
    varied = [factor for factor in levels if len(levels[factor]) > 1]
    maps = [_map(evidence, pair, levels) for pair in itertools.combinations(varied, 2)]
    means = np.concatenate([[], *(one_map.means.ravel() for one_map in maps)])
    if not np.isfinite(means).any():
        return None
    low, high = float(np.nanmin(means)), float(np.nanmax(means))
    norm = mpl.colors.Normalize(low, high if high > low else low + 1e-12)
    cmap = better_colours(goal_of(evidence.history, metric))
    figure, all_axes = _layout(maps)
    for axes, one_map in zip(all_axes, maps, strict=True):
        _draw(axes, one_map, norm, cmap)
    title = f"{label(metric, 40)} {arrow(evidence.history, metric)}"
    colours = mpl.cm.ScalarMappable(norm, cmap)
    figure.colorbar(colours, ax=all_axes, label=title).outline.set_visible(False)
    caption = _caption(evidence, len(varied), missing=bool(np.isnan(means).any()))
    caption += left_out(evidence, [arm.name for arm in arms])
    return Drawing(figure, f"Factorial design: {metric} by pairs of factors", caption)


def _layout(maps: Sequence[_Map]) -> tuple[Any, list[Any]]:
    """An empty figure with axes for every map, as high as the map has rows."""
    rows = [one_map.means.shape[0] for one_map in maps]
    most_columns = max(one_map.means.shape[1] for one_map in maps)
    width = COLUMN if most_columns <= 5 else PAGE
    figure = canvas(0.35 + sum(0.5 + 0.34 * count for count in rows), width)
    ratios = [count + 1 for count in rows]
    all_axes = figure.subplots(len(maps), 1, squeeze=False, height_ratios=ratios)
    return figure, list(all_axes[:, 0])


def _caption(evidence: Evidence, factors: int, *, missing: bool) -> str:
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
    rows, columns = pair
    shape = len(levels[rows]), len(levels[columns])
    cells: dict[tuple[int, int], list[str]] = {}
    for arm in evidence.arms.values():
        if arm.design == "factorial":
            row = _index(levels[rows], arm.config.get(rows))
            column = _index(levels[columns], arm.config.get(columns))
            cells.setdefault((row, column), []).append(arm.name)
    means, runs = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    for cell, names in cells.items():
        estimates = [evidence.estimate(name, evidence.metrics[0])[0] for name in names]
        known = [estimate for estimate in estimates if estimate is not None]
        runs[cell] = sum(estimate.n for estimate in known)
        if len(known) == len(names):
            means[cell] = fmean(estimate.mean for estimate in known)
    return _Map(rows, columns, levels[rows], levels[columns], means, runs)


def _draw(axes: Any, one_map: _Map, norm: Any, cmap: str) -> None:
    colours, means = mpl.colormaps[cmap], one_map.means
    axes.imshow(np.ma.masked_invalid(means), cmap=colours, norm=norm, aspect="auto")
    places = _decimals(means)
    for (row, column), mean in np.ndenumerate(means):
        if math.isnan(mean):
            corner = (column - 0.5, row - 0.5)
            hatched: dict[str, Any] = {"fill": False, "hatch": "////", "linewidth": 0}
            axes.add_patch(mpl.patches.Rectangle(corner, 1, 1, **hatched))
            continue
        dark = np.dot(colours(norm(mean))[:3], (0.299, 0.587, 0.114)) < 0.5
        axes.text(
            column,
            row,
            f"{plain(mean, places)}\nn = {one_map.runs[row, column]}",
            ha="center",
            va="center",
            color="white" if dark else "black",
            linespacing=1.05,
        )
    row_levels, column_levels = one_map.row_levels, one_map.column_levels
    axes.set_xticks(range(len(column_levels)), [_level(x) for x in column_levels])
    axes.set_yticks(range(len(row_levels)), [_level(y) for y in row_levels])
    axes.set_xlabel(label(one_map.columns, 40))
    axes.set_ylabel(label(one_map.rows, 18))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _decimals(means: np.ndarray[Any, np.dtype[np.float64]]) -> int | None:
    """Decimals that show the differences of the means; None if they have no spread."""
    finite = means[np.isfinite(means)]
    spread = float(np.ptp(finite)) if finite.size else 0.0
    if spread <= 0:
        return None
    return min(max(0, 2 - math.floor(math.log10(spread))), 6)


def _distinct(values: Sequence[Any]) -> tuple[Any, ...]:
    by_text: dict[str, Any] = {}
    for value in values:
        by_text.setdefault(repr(value), value)
    return tuple(by_text.values())


def _index(levels: Sequence[Any], value: Any) -> int:
    return [repr(level) for level in levels].index(repr(value))


def _level(value: Any) -> str:
    return "inactive" if value is None else label(value, 12, 2)
