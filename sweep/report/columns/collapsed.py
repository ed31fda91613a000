"""Columns: the number of an arm's collapsed runs, and its trimmed mean."""

from __future__ import annotations

from sweep.report import numbers
from sweep.report.collapsed import collapsed_runs
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes
from sweep.statistics.collapse import trimmed_mean


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
        count = len(collapse.runs)
        text = f"{count} of {collapse.n} (≤ {collapse.limit:.0%})" if collapse.n else ""
        values = {"": count, "n": collapse.n, "limit": collapse.limit}
        cells.append([Cell(text, values, trials), _trimmed(evidence, arm, metric)])
    return ColumnGroup(group, cells)


def _trimmed(evidence: Evidence, arm: str, metric: str) -> Cell:
    """Return the cell of an arm's trimmed mean."""
    estimate, trials = evidence.estimate(arm, metric)
    middle = trimmed_mean(evidence.runs(arm)[metric].to_numpy())
    if middle is None or estimate is None:
        return Cell(numbers.MISSING, {"": None, "cut": None})
    places = evidence.layout.decimals(metric)
    if places is None and estimate.sd > 0:
        places = numbers.decimals(estimate.sd)
    return Cell(
        numbers.plain(middle.value, places),
        {"": middle.value, "cut": middle.cut},
        trials,
    )
