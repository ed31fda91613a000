"""Forest plot: what each arm changes against its reference, with its interval and the
pairs behind it.
"""

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
    differences: tuple[float, ...]  # what the contrast is the mean of


@styled
def forest(evidence: Evidence) -> Drawing | None:
    """One row an arm on the first of the evidence's metrics; None without a pair of
    runs to compare.
    """
    if looks.is_sequential(evidence.history):
        return None  # `verdicts` draws the intervals that take the looks into account
    metric = evidence.metrics[0]
    together = evidence.compared(reference_pairs(evidence), evidence.contrasted)
    compared = list(together.of(metric).values())
    rows = [
        _Row(each.arm, each.reference, each.contrast, each.differences)
        for each in compared
        if each.contrast is not None
    ]
    if not rows:
        return None
    references = list(dict.fromkeys(row.reference for row in rows))
    against = f" against {label(references[0], 30, 1)}" if len(references) == 1 else ""
    goal = goal_of(evidence.history, metric)
    better = "→ better" if goal == "maximize" else "← better"
    figure, axes = (
        _few(rows, references) if len(rows) <= MOST_NAMED else _many(rows, goal)
    )
    axes.set_xlabel(f"Change in {label(metric, 40)}{against}\n({better})")
    return Drawing(
        figure,
        f"Change in {metric} of each arm against its reference",
        _caption(evidence, rows, compared, together),
    )


def _many(rows: Sequence[_Row], goal: str) -> tuple[Figure, Axes]:
    changes = []
    for row in rows:
        found = row.contrast
        said = f"n = {found.n}"
        changes.append(Change(row.arm, found.mean, found.low, found.high, BLUE, said))
    return crowd(changes, goal)


def _few(rows: Sequence[_Row], references: Sequence[str]) -> tuple[Figure, Axes]:
    """A row for each arm, with the differences of its pairs."""
    names = [
        label(r.arm)
        + (f"\nvs. {label(r.reference, 18, 2)}" if len(references) > 1 else "")
        for r in rows
    ]
    # Row heights follow their labels, so that wrapped names do not run into one another.
    heights = [max(2.2, 1.15 * (name.count("\n") + 1)) for name in names]
    centres = [sum(heights[:i]) + height / 2 for i, height in enumerate(heights)]
    figure = canvas(0.5 + 0.115 * sum(heights))
    axes = figure.subplots()
    axes.axvline(0, color=LIGHT, linewidth=0.8, zorder=0)
    for row, at in zip(rows, centres, strict=True):
        _draw(axes, row, at)
    value_axis(axes)
    axes.set_yticks(centres, names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(sum(heights), 0)
    return figure, axes


def _draw(axes: Any, row: _Row, at: float) -> None:
    contrast, measured = row.contrast, math.isfinite(row.contrast.low)
    heights = [at + 0.55 + offset for offset in stacked(row.differences)]
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
    if measured:
        axes.plot(
            [contrast.low, contrast.high],
            [at, at],
            color=BLUE,
            linewidth=1.4,
            zorder=2,
            solid_capstyle="butt",
            label=f"interval of {row.arm}",
        )
    axes.plot(
        [contrast.mean],
        [at],
        "D",
        color=BLUE if measured else "white",
        markeredgecolor=BLUE,
        markersize=4,
        markeredgewidth=0.8,
        zorder=3,
        label=f"change of {row.arm}",
    )
    said = f"n = {contrast.n}"
    axes.text(
        1.02, at, said, transform=axes.get_yaxis_transform(), va="center", color=BLACK
    )


def stacked(values: Sequence[float]) -> list[float]:
    """Where dots of one row are drawn below it, so that equal values lie under one another."""
    seen: Counter[float] = Counter()
    offsets = []
    width = max(values, default=0.0) - min(values, default=0.0)
    for value in values:
        place = round(value / width, 2) if width > 0 else 0.0
        offsets.append(0.25 * seen[place])
        seen[place] += 1
    return offsets


def _caption(
    evidence: Evidence, rows: list[_Row], compared: list[Comparison], together: Compared
) -> str:
    paired = "fold, the seeds of a fold averaged" if evidence.folds else "seed"
    text = f"Mean of the differences, arm minus reference, paired by {paired} "
    dots = "the dots, equal ones below one another"
    if len(rows) > MOST_NAMED:
        dots = f"not drawn; named are the {ENDS} arms at either end of all {len(rows)}"
    text += f"(diamond; n pairs, {dots}), {selection(evidence)}"
    if together.family.tested:
        text += f"; bars: {family_text(together.family)}"
    text += "."
    if any(not math.isfinite(row.contrast.low) for row in rows):
        text += (
            " A hollow diamond has no interval: fewer than three pairs, or no spread."
        )
    doubles = [
        f"{c.arm} is the same configuration as {c.reference}"
        for c in compared
        if c.same
    ]
    unpaired = [c.arm for c in compared if c.contrast is None and not c.same]
    if unpaired:
        doubles.append(f"no pair of complete runs for {', '.join(unpaired)}")
    if doubles:
        text += f" Not drawn: {'; '.join(doubles)}."
    shown = {c.arm for c in compared} | {c.reference for c in compared}
    return text + left_out(evidence, shown)
