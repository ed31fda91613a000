"""Columns: mean ± standard deviation of each metric over an arm's runs."""

from __future__ import annotations

from collections.abc import Mapping

from sweep.ablation import looks
from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence, arrow
from sweep.report.explanations import explain_bold
from sweep.report.table import Cell, Column, Notes, Value
from sweep.statistics.best import Best


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return mean ± standard deviation of each metric over an arm's runs."""
    group = [_column(evidence, metric) for metric in evidence.metrics]
    best = {metric: evidence.best(metric) for metric in evidence.metrics}
    # With looks nothing is bold, because the test for bold ignores them.
    sequential = looks.is_sequential(evidence.history)
    cells = []
    for position, arm in enumerate(evidence.arms):
        row = []
        for metric in evidence.metrics:
            bold = best[metric].bold[position] and not sequential
            cell = _cell(evidence, arm, metric, bold=bold)
            row.append(cell)
        cells.append(row)
    if not sequential:
        _explain_bold(evidence, best, notes)
    return ColumnGroup(group, cells)


def _explain_bold(evidence: Evidence, best: Mapping[str, Best], notes: Notes) -> None:
    """Add the note that says what bold means.

    Args:
        evidence: the study's.
        best: metric → which arms are bold on it.
        notes: of the table.
    """
    indistinct = []
    any_bold = False
    for metric, result in best.items():
        if result.all_alike:
            indistinct.append(metric)
        if any(result.bold):
            any_bold = True
    explain_bold(evidence, indistinct, any_bold, notes)


def _cell(evidence: Evidence, arm: str, metric: str, *, bold: bool) -> Cell:
    """Return the cell of one metric of an arm."""
    estimate, trials = evidence.estimate(arm, metric)
    if estimate is None:
        return Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0})
    values: dict[str, Value] = {
        "mean": estimate.mean,
        "sd": estimate.sd,
        "n": estimate.n,
    }
    if evidence.folds is None:
        # Folds share training data, so their runs give no interval of the mean.
        values |= {"low": estimate.low, "high": estimate.high}
    decimals = evidence.layout.decimals(metric)
    text = numbers.spread(estimate.mean, estimate.sd, decimals)
    return Cell(text, values, trials, bold=bold)


def _column(evidence: Evidence, metric: str) -> Column:
    """Return the column of one metric."""
    hidden = evidence.layout.only_compared and metric not in evidence.contrasted
    title = f"{metric} {arrow(evidence.history, metric)}"
    return Column(metric, title, detail=hidden)
