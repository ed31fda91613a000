"""Columns: the change against an arm's reference, its interval, and its adjusted p-value."""

from __future__ import annotations

from sweep.ablation import looks
from sweep.report import numbers
from sweep.report.columns.design import reference_pairs
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.comparisons import Comparison
from sweep.report.evidence import Evidence
from sweep.report.explanations import explain_changes
from sweep.report.table import EMPTY, Cell, Column, Notes, Value
from sweep.statistics.contrast import Contrast


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return the change against the reference, with its interval and adjusted p-value.

    Shown for the metrics that arms are compared on, which are one family. The machine formats also
    have the changes in every other metric, each a separate family.
    """
    if looks.is_sequential(evidence.history):  # see `sweep.report.columns.looks`
        return ColumnGroup([], [[] for _ in evidence.arms])
    pairs = reference_pairs(evidence)
    together = evidence.compared(pairs, evidence.contrasted)
    group: list[Column] = []
    cells: list[list[Cell]] = [[] for _ in evidence.arms]
    for metric in dict.fromkeys((*evidence.contrasted, *evidence.metrics)):
        detail = metric not in evidence.contrasted
        title = f"Δ {metric} [{evidence.confidence:.0%} CI]"
        group.append(Column(f"{metric}.change", title, detail=detail))
        group.append(Column(f"{metric}.p", "p (adjusted)", detail=detail))
        compared = evidence.compared(pairs, [metric]) if detail else together
        by_arm = compared.of(metric)
        for row, arm in zip(cells, evidence.arms, strict=True):
            row += _change_cells(by_arm.get(arm), evidence.layout.decimals(metric))
    explain_changes(evidence, together, notes)
    return ColumnGroup(group, cells)


def _change_cells(comparison: Comparison | None, decimals: int | None) -> list[Cell]:
    """Return the cells of one change: the change with its interval, and its p-value."""
    if comparison is None:
        return [EMPTY, EMPTY]
    if comparison.same:
        return [Cell(f"= {comparison.reference}"), EMPTY]
    contrast = comparison.contrast
    if contrast is None:
        return [Cell(numbers.MISSING), Cell(numbers.MISSING)]
    test: dict[str, Value] = {
        "adjusted": contrast.p,
        "raw": contrast.own_p,
        "method": contrast.method,
        "reason": contrast.reason,
    }
    p_cell = Cell(numbers.p_value(contrast.p), test, comparison.trials)
    return [change_cell(comparison, contrast, decimals), p_cell]


def change_cell(
    comparison: Comparison, contrast: Contrast, decimals: int | None = None
) -> Cell:
    """Return a change with its interval: rounded as text, and at full precision as values.

    Args:
        comparison, contrast: the change.
        decimals: number of decimals shown; None: as many as the interval justifies.
    """
    text = numbers.change(
        contrast.mean, contrast.low, contrast.high, contrast.sd, fixed_places=decimals
    )
    values: dict[str, Value] = {
        "mean": contrast.mean,
        "sd": contrast.sd,
        "n": contrast.n,
        "low": contrast.low,
        "high": contrast.high,
        "effect_size": contrast.effect_size,
    }
    return Cell(text, values, comparison.trials)
