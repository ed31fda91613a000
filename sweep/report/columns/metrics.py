"""Columns: mean ± standard deviation of each metric over an arm's runs."""

from __future__ import annotations

from sweep.ablation import looks
from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence, arrow
from sweep.report.explanations import explain_bold
from sweep.report.table import Cell, Column, Notes, Value


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Mean ± standard deviation over an arm's runs."""
    group = [_column(evidence, metric) for metric in evidence.metrics]
    sequential = looks.is_sequential(evidence.history)
    # with looks nothing is bold, as the test behind it ignores them
    best = {metric: evidence.best(metric) for metric in evidence.metrics}
    cells = []
    for position, arm in enumerate(evidence.arms):
        row = []
        for metric in evidence.metrics:
            estimate, trials = evidence.estimate(arm, metric)
            if estimate is None:
                row.append(Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0}))
                continue
            values: dict[str, Value] = {
                "mean": estimate.mean,
                "sd": estimate.sd,
                "n": estimate.n,
            }
            if evidence.folds is None:
                # folds share training data: their runs give no interval of the mean
                values |= {"low": estimate.low, "high": estimate.high}
            text = numbers.spread(
                estimate.mean, estimate.sd, evidence.layout.decimals(metric)
            )
            bold = best[metric].bold[position] and not sequential
            row.append(Cell(text, values, trials, bold=bold))
        cells.append(row)
    if not sequential:
        indistinct = [name for name, result in best.items() if result.all_alike]
        any_bold = any(any(result.bold) for result in best.values())
        explain_bold(evidence, indistinct, any_bold, notes)
    return ColumnGroup(group, cells)


def _column(evidence: Evidence, metric: str) -> Column:
    hidden = evidence.layout.only_compared and metric not in evidence.contrasted
    title = f"{metric} {arrow(evidence.history, metric)}"
    return Column(metric, title, detail=hidden)
