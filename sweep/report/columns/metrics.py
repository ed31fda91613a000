"""Columns: mean ± standard deviation of each metric over an arm's runs."""

from __future__ import annotations

from sweep.ablation import looks
from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence, arrow
from sweep.report.explanations import explain_bold
from sweep.report.table import Cell, Column, Notes, Value


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return mean ± standard deviation of each metric over an arm's runs."""
    group = [_column(evidence, metric) for metric in evidence.metrics]
    # With looks nothing is bold, because the test for bold ignores them.
    sequential = looks.is_sequential(evidence.history)
    best = {metric: evidence.best(metric) for metric in evidence.metrics}
    cells = []
    for position, arm in enumerate(evidence.arms):
        row = []
        for metric in evidence.metrics:
            bold = best[metric].bold[position] and not sequential
            row.append(_cell(evidence, arm, metric, bold=bold))
        cells.append(row)
    if not sequential:
        indistinct = [name for name, result in best.items() if result.all_alike]
        any_bold = any(any(result.bold) for result in best.values())
        explain_bold(evidence, indistinct, any_bold, notes)
    return ColumnGroup(group, cells)


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
