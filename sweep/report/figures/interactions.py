"""Heat maps of a factorial design: whether what one factor does depends on another."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
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
    """Mean of the metric at every pair of levels of two factors (rows, columns); NaN
    where an arm has no run.
    """

    rows: str
    columns: str
    row_levels: tuple[Any, ...]
    column_levels: tuple[Any, ...]
    means: np.ndarray[Any, np.dtype[np.float64]]
    runs: np.ndarray[Any, np.dtype[np.int64]]


@styled
def interactions(evidence: Evidence) -> Drawing | None:
    """One map a pair of factors, on the first of the evidence's metrics; None without
    two factors and results.
    """
    ablation = evidence.history.spec.ablation
    arms = [arm for arm in evidence.arms.values() if arm.design == "factorial"]
    if ablation is None or not arms:
        return None
    metric = evidence.metrics[0]
    levels = {
        f: _distinct([arm.config.get(f) for arm in arms])
        for f in ablation.designs.factorial
    }
    varied = [factor for factor, found in levels.items() if len(found) > 1]
    maps = [_map(evidence, pair, levels) for pair in itertools.combinations(varied, 2)]
    shown = [values for m in maps if (values := m.means[np.isfinite(m.means)]).size]
    if not shown:
        return None
    low, high = min(float(v.min()) for v in shown), max(float(v.max()) for v in shown)
    width = COLUMN if max(m.means.shape[1] for m in maps) <= 5 else PAGE
    figure = canvas(0.35 + sum(0.5 + 0.34 * m.means.shape[0] for m in maps), width)
    ratios = [m.means.shape[0] + 1 for m in maps]
    all_axes = figure.subplots(len(maps), 1, squeeze=False, height_ratios=ratios)[:, 0]
    norm = mpl.colors.Normalize(low, high if high > low else low + 1e-12)
    cmap = better_colours(goal_of(evidence.history, metric))
    for axes, one in zip(all_axes, maps, strict=True):
        _draw(axes, one, norm, cmap)
    colours = mpl.cm.ScalarMappable(norm, cmap)
    bar = figure.colorbar(
        colours,
        ax=list(all_axes),
        label=f"{label(metric, 40)} {arrow(evidence.history, metric)}",
    )
    bar.outline.set_visible(False)
    text = f"Mean of {metric} (n runs), {selection(evidence)}"
    if len(varied) > 2:
        text += (
            "; a cell averages the arms over the levels of the factors it does not"
            " show, each arm counting alike"
        )
    text += "; darker is better; parallel rows mean no interaction"
    if any(np.isnan(m.means).any() for m in maps):
        text += "; hatched: an arm of the cell has no complete run"
    caption = text + "." + left_out(evidence, [arm.name for arm in arms])
    return Drawing(figure, f"Factorial design: {metric} by pairs of factors", caption)


def _map(
    evidence: Evidence, pair: tuple[str, str], levels: dict[str, tuple[Any, ...]]
) -> _Map:
    rows, columns = pair
    shape = len(levels[rows]), len(levels[columns])
    cells: dict[tuple[int, int], list[str]] = {}
    for arm in evidence.arms.values():
        if arm.design == "factorial":
            at = tuple(
                _index(levels[factor], arm.config.get(factor)) for factor in pair
            )
            cells.setdefault((at[0], at[1]), []).append(arm.name)
    means, runs = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    for at, names in cells.items():
        found = [evidence.estimate(name, evidence.metrics[0])[0] for name in names]
        means[at] = (
            math.fsum(e.mean for e in found if e) / len(found)
            if all(found)
            else math.nan
        )
        runs[at] = sum(e.n for e in found if e)
    return _Map(rows, columns, levels[rows], levels[columns], means, runs)


def _draw(axes: Any, one: _Map, norm: Any, cmap: str) -> None:
    colours = mpl.colormaps[cmap]
    axes.imshow(np.ma.masked_invalid(one.means), cmap=colours, norm=norm, aspect="auto")
    spread = (
        float(np.nanmax(one.means) - np.nanmin(one.means))
        if np.isfinite(one.means).any()
        else 0.0
    )
    places = max(0, 2 - math.floor(math.log10(spread))) if spread > 0 else None
    for (row, column), mean in np.ndenumerate(one.means):
        if math.isnan(mean):
            patch = mpl.patches.Rectangle(
                (column - 0.5, row - 0.5), 1, 1, fill=False, hatch="////", linewidth=0
            )
            axes.add_patch(patch)
            continue
        dark = np.dot(colours(norm(mean))[:3], (0.299, 0.587, 0.114)) < 0.5
        text = (
            f"{plain(mean, None if places is None else min(places, 6))}\nn ="
            f" {one.runs[row, column]}"
        )
        axes.text(
            column,
            row,
            text,
            ha="center",
            va="center",
            color="white" if dark else "black",
            linespacing=1.05,
        )
    axes.set_xticks(
        range(len(one.column_levels)), [_level(level) for level in one.column_levels]
    )
    axes.set_yticks(
        range(len(one.row_levels)), [_level(level) for level in one.row_levels]
    )
    axes.set_xlabel(label(one.columns, 40))
    axes.set_ylabel(label(one.rows, 18))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _distinct(values: Sequence[Any]) -> tuple[Any, ...]:
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(repr(value), value)
    return tuple(found.values())


def _index(levels: Sequence[Any], value: Any) -> int:
    return [repr(level) for level in levels].index(repr(value))


def _level(value: Any) -> str:
    return "inactive" if value is None else label(value, 12, 2)
