"""Columns: the change against an arm's reference, its interval, and its corrected p-value."""

from __future__ import annotations

from sweep.report import numbers
from sweep.report.columns.design import reference_of
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Comparison, Evidence
from sweep.report.explanations import explain_changes
from sweep.report.table import EMPTY, Cell, Column, Notes, Value
from sweep.statistics.paired import Change


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Change against the reference with interval and adjusted p.

    Shown for the first metric; the machine formats carry those of all metrics.
    """
    group: list[Column] = []
    cells: list[list[Cell]] = [[] for _ in evidence.arms]
    for position, metric in enumerate(evidence.metrics):
        detail = position > 0
        group += [
            Column(f"{metric}.change", f"Δ {metric} [{evidence.confidence:.0%} CI]", detail=detail),
            Column(f"{metric}.p", "p (Holm)", detail=detail),
        ]
        family = _family(evidence, metric)
        for row, arm in zip(cells, evidence.arms, strict=True):
            row += _change_cells(family.get(arm))
        if not detail:
            explain_changes(evidence, family, notes)
    return ColumnGroup(group, cells)


def _family(evidence: Evidence, metric: str) -> dict[str, Comparison]:
    """Arm → its comparison with its reference, p-values adjusted over all of them."""
    pairs = [
        (arm.name, reference)
        for arm in evidence.arms.values()
        if (reference := reference_of(arm)) is not None
    ]
    compared = evidence.family(
        [evidence.compare(arm, reference, metric) for arm, reference in pairs]
    )
    return {c.arm: c for c in compared}


def _change_cells(comparison: Comparison | None) -> list[Cell]:
    if comparison is None:
        return [EMPTY, EMPTY]
    if comparison.same:
        return [Cell(f"= {comparison.reference}"), EMPTY]
    change = comparison.change
    if change is None:
        return [Cell(numbers.MISSING), Cell(numbers.MISSING)]
    text = numbers.change(change.mean, change.low, change.high, change.sd)
    test: dict[str, Value] = {
        "adjusted": comparison.adjusted_p,
        "raw": change.p,
        "method": change.method,
    }
    p_cell = Cell(numbers.p_value(comparison.adjusted_p), test, comparison.trials)
    return [Cell(text, change_values(change), comparison.trials), p_cell]


def change_values(change: Change) -> dict[str, Value]:
    """A change at full precision, for the machine formats."""
    return {
        "mean": change.mean,
        "sd": change.sd,
        "n": change.n,
        "low": change.low,
        "high": change.high,
        "effect_size": change.effect_size,
    }
