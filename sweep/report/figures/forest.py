"""Forest plot: the change of each arm against its reference, with interval and pairs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sweep.ablation import looks
from sweep.report.columns.design import reference_pairs
from sweep.report.comparisons import Compared, Comparison
from sweep.report.evidence import Evidence, goal_of
from sweep.report.explanations import family_text
from sweep.report.figures.crowd import ENDS, MOST_NAMED, Change, crowd
from sweep.report.figures.style import (
    BLACK,
    BLUE,
    GREY,
    LIGHT,
    Drawing,
    canvas,
    label,
    styled,
    value_axis,
)
from sweep.report.figures.values import left_out, selection
from sweep.statistics.contrast import Contrast


@dataclass(frozen=True)
class _Row:
    arm: str
    reference: str
    contrast: Contrast
    differences: tuple[float, ...]  # their mean is the contrast


@styled
def forest(evidence: Evidence) -> Drawing | None:
    """One row per arm, on the evidence's first metric; None without a pair of runs."""
    if looks.is_sequential(evidence.history):
        return None  # the figure of verdicts draws the intervals that account for looks
    metric = evidence.metrics[0]
    together = evidence.compared(reference_pairs(evidence), evidence.contrasted)
    compared = list(together.of(metric).values())
    rows = [
        _Row(one.arm, one.reference, one.contrast, one.differences)
        for one in compared
        if one.contrast is not None
    ]
    if not rows:
        return None
    references = list(dict.fromkeys(row.reference for row in rows))
    against = f" against {label(references[0], 30, 1)}" if len(references) == 1 else ""
    goal = goal_of(evidence.history, metric)
    better = "→ better" if goal == "maximize" else "← better"
    if len(rows) <= MOST_NAMED:
        figure, axes = _few(rows, references)
    else:
        figure, axes = _many(rows, goal)
    axes.set_xlabel(f"Change in {label(metric, 40)}{against}\n({better})")
    return Drawing(
        figure,
        f"Change in {metric} of each arm against its reference",
        _caption(evidence, rows, compared, together),
    )


def _many(rows: Sequence[_Row], goal: str) -> tuple[Figure, Axes]:
    """The figure for more arms than have a row each."""
    changes = []
    for row in rows:
        mean, low, high = row.contrast.mean, row.contrast.low, row.contrast.high
        note = f"n = {row.contrast.n}"
        changes.append(Change(row.arm, mean, low, high, BLUE, note))
    return crowd(changes, goal)


def _few(rows: Sequence[_Row], references: Sequence[str]) -> tuple[Figure, Axes]:
    """A row for each arm, with the differences of its pairs."""
    names = [label(row.arm) for row in rows]
    if len(references) > 1:
        against = [f"\nvs. {label(row.reference, 18, 2)}" for row in rows]
        names = [f"{name}{text}" for name, text in zip(names, against, strict=True)]
    # Row heights follow their labels, so that wrapped names do not overlap.
    heights = [max(2.2, 1.15 * (name.count("\n") + 1)) for name in names]
    centres = [sum(heights[:i]) + height / 2 for i, height in enumerate(heights)]
    figure = canvas(0.5 + 0.115 * sum(heights))
    axes = figure.subplots()
    axes.axvline(0, color=LIGHT, linewidth=0.8, zorder=0)
    for row, centre in zip(rows, centres, strict=True):
        _draw(axes, row, centre)
    value_axis(axes)
    axes.set_yticks(centres, names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(sum(heights), 0)
    return figure, axes


def _draw(axes: Any, row: _Row, centre: float) -> None:
    """Draw one row: the single differences as dots, their mean and its interval."""
    contrast, has_interval = row.contrast, math.isfinite(row.contrast.low)
    heights = [centre + 0.55 + offset for offset in stacked(row.differences)]
    axes.plot(
        row.differences,
        heights,
        "o",
        color=LIGHT,
        markeredgecolor=GREY,
        markersize=2.5,
        markeredgewidth=0.3,
        zorder=1,
        label=f"pairs of {row.arm}",
    )
    if has_interval:
        axes.plot(
            [contrast.low, contrast.high],
            [centre, centre],
            color=BLUE,
            linewidth=1.4,
            zorder=2,
            solid_capstyle="butt",
            label=f"interval of {row.arm}",
        )
    axes.plot(
        [contrast.mean],
        [centre],
        "D",
        color=BLUE if has_interval else "white",
        markeredgecolor=BLUE,
        markersize=4,
        markeredgewidth=0.8,
        zorder=3,
        label=f"change of {row.arm}",
    )
    note, right_of_axes = f"n = {contrast.n}", axes.get_yaxis_transform()
    axes.text(1.02, centre, note, transform=right_of_axes, va="center", color=BLACK)


def stacked(values: Sequence[float]) -> list[float]:
    """Vertical offsets of a row's dots, so that equal values are stacked below each other."""
    dots_at: Counter[float] = Counter()
    offsets = []
    width = max(values, default=0.0) - min(values, default=0.0)
    for value in values:
        position = round(value / width, 2) if width > 0 else 0.0
        offsets.append(0.25 * dots_at[position])
        dots_at[position] += 1
    return offsets


def _caption(
    evidence: Evidence, rows: list[_Row], compared: list[Comparison], together: Compared
) -> str:
    """The caption: what is paired, what the dots are, and what the intervals cover."""
    paired = "fold, the seeds of a fold averaged" if evidence.folds else "seed"
    text = f"Mean of the differences, arm minus reference, paired by {paired} "
    dots = "drawn as dots, equal ones below each other"
    if len(rows) > MOST_NAMED:
        dots = f"not drawn; of {len(rows)} arms the {ENDS} at each end are named"
    text += f"(diamond; n pairs, {dots}), {selection(evidence)}"
    if together.family.tested:
        text += f"; bars: {family_text(together.family)}"
    text += "."
    if any(not math.isfinite(row.contrast.low) for row in rows):
        text += (
            " A hollow diamond has no interval: fewer than three pairs, or no spread."
        )
    not_drawn = [
        f"{c.arm} is the same configuration as {c.reference}"
        for c in compared
        if c.same
    ]
    unpaired = [c.arm for c in compared if c.contrast is None and not c.same]
    if unpaired:
        not_drawn.append(f"no pair of complete runs for {', '.join(unpaired)}")
    if not_drawn:
        text += f" Not drawn: {'; '.join(not_drawn)}."
    shown = {c.arm for c in compared} | {c.reference for c in compared}
    return text + left_out(evidence, shown)
