"""Columns: the number of an arm's collapsed runs, and its trimmed mean."""

from __future__ import annotations

from sweep.report import numbers
from sweep.report.collapsed import collapsed_runs
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes
from sweep.statistics.collapse import Collapses, trimmed_mean


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return the collapsed runs with their upper limit, and the trimmed mean.

    Pages show these columns only if a run has collapsed.
    """
    metric = evidence.metrics[0]
    by_arm = collapsed_runs(evidence)
    hidden = not any(collapse.runs for collapse, _ in by_arm.values())
    group = [
        Column(f"{metric}.collapsed", "Collapsed (95 % limit)", detail=hidden),
        Column(f"{metric}.trimmed", f"{metric}, trimmed mean", detail=hidden),
    ]
    cells = []
    for arm, (collapse, trials) in by_arm.items():
        collapsed = _collapsed(collapse, trials)
        trimmed = _trimmed(evidence, arm, metric)
        cells.append([collapsed, trimmed])
    return ColumnGroup(group, cells)


def _collapsed(collapse: Collapses, trials: tuple[int, ...]) -> Cell:
    """Return the cell of an arm's collapsed runs; without text if it has no complete run."""
    count = len(collapse.runs)
    text = ""
    if collapse.n:
        text = f"{count} of {collapse.n} (≤ {collapse.limit:.0%})"
    values = {"": count, "n": collapse.n, "limit": collapse.limit}
    return Cell(text, values, trials)


def _trimmed(evidence: Evidence, arm: str, metric: str) -> Cell:
    """Return the cell of an arm's trimmed mean."""
    estimate, trials = evidence.estimate(arm, metric)
    values = evidence.runs(arm)[metric].to_numpy()
    middle = trimmed_mean(values)
    if middle is None or estimate is None:
        return Cell(numbers.MISSING, {"": None, "cut": None})
    decimals = evidence.layout.decimals(metric)
    if decimals is None and estimate.sd > 0:
        decimals = numbers.decimals(estimate.sd)
    text = numbers.plain(middle.value, decimals)
    return Cell(text, {"": middle.value, "cut": middle.cut}, trials)
