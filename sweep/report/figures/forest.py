"""Forest plot: what each arm changes against its reference, with its interval and the pairs behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sweep.report.evidence import Comparison, Evidence, goal_of
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
from sweep.statistics.paired import FEWEST_PAIRS, Change


@dataclass(frozen=True)
class _Row:
    arm: str
    reference: str
    change: Change
    differences: tuple[float, ...]  # what `change` is the mean of


@styled
def forest(evidence: Evidence) -> Drawing | None:
    """One row an arm on the first of the evidence's metrics; None without a pair of runs to compare."""
    metric = evidence.metrics[0]
    compared = [
        evidence.compare(arm.name, arm.reference, metric)
        for arm in evidence.arms.values()
        if arm.reference is not None and arm.reference != arm.name
    ]
    rows = [_row(evidence, c, metric) for c in compared if c.change is not None]
    if not rows:
        return None
    references = list(dict.fromkeys(row.reference for row in rows))
    names = [
        label(r.arm) + (f"\nvs. {label(r.reference, 18, 2)}" if len(references) > 1 else "")
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
    against = f" against {label(references[0], 30, 1)}" if len(references) == 1 else ""
    better = "→ better" if goal_of(evidence.history, metric) == "maximize" else "← better"
    axes.set_xlabel(f"Change in {label(metric, 40)}{against}\n({better})")
    return Drawing(
        figure,
        f"Change in {metric} of each arm against its reference",
        _caption(evidence, rows, compared),
    )


def _row(evidence: Evidence, comparison: Comparison, metric: str) -> _Row:
    pairs = evidence.pairs(comparison.arm, comparison.reference, metric)
    if evidence.folds is not None:
        pairs = pairs.groupby("fold").agg({"difference": "mean"})
    if comparison.change is None:
        raise ValueError(
            f"{comparison.arm!r} and {comparison.reference!r} have no pair of runs to draw"
        )
    differences = tuple(pairs["difference"].tolist())
    return _Row(comparison.arm, comparison.reference, comparison.change, differences)


def _draw(axes: Any, row: _Row, at: float) -> None:
    change, measured = row.change, not math.isnan(row.change.low)
    below = [at + 0.55] * len(row.differences)
    axes.plot(row.differences, below, "o", color=LIGHT, markeredgecolor=GREY, markersize=2.5, markeredgewidth=0.3,
              zorder=1, label=f"pairs of {row.arm}")  # fmt: skip
    if measured:
        axes.plot([change.low, change.high], [at, at], color=BLUE, linewidth=1.4, zorder=2, solid_capstyle="butt",
                  label=f"interval of {row.arm}")  # fmt: skip
    axes.plot([change.mean], [at], "D", color=BLUE if measured else "white", markeredgecolor=BLUE, markersize=4,
              markeredgewidth=0.8, zorder=3, label=f"change of {row.arm}")  # fmt: skip
    axes.text(
        1.02, at, f"n = {change.n}", transform=axes.get_yaxis_transform(), va="center", color=BLACK
    )


def _caption(evidence: Evidence, rows: list[_Row], compared: list[Comparison]) -> str:
    paired = "fold, the seeds of a fold averaged" if evidence.folds else "seed"
    text = f"Mean of the differences, arm minus reference, paired by {paired} (diamond; n pairs, the dots), "
    text += selection(evidence)
    if any(not math.isnan(row.change.low) for row in rows):
        kind = (
            "corrected for correlated folds (Nadeau & Bengio 2003)"
            if evidence.folds
            else "Student's t"
        )
        text += f"; bars: {evidence.confidence:.0%} confidence interval, {kind}, not adjusted for several arms"
    text += "."
    if any(math.isnan(row.change.low) for row in rows):
        text += f" A hollow diamond has fewer than {FEWEST_PAIRS} pairs and therefore no interval."
    doubles = [f"{c.arm} is the same configuration as {c.reference}" for c in compared if c.same]
    unpaired = [c.arm for c in compared if c.change is None and not c.same]
    if unpaired:
        doubles.append(f"no pair of complete runs for {', '.join(unpaired)}")
    if doubles:
        text += f" Not drawn: {'; '.join(doubles)}."
    shown = {c.arm for c in compared} | {c.reference for c in compared}
    return text + left_out(evidence, shown)
