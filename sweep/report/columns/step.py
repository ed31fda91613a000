"""Column: the change against the step before, in a ladder or on a path."""

from __future__ import annotations

from sweep.report import numbers
from sweep.report.columns.change import change_values
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Change against the step before; no column for fewer than two steps."""
    metric = evidence.metrics[0]
    stepped = [arm for arm in evidence.arms.values() if arm.previous]
    if len(stepped) < 2:
        return ColumnGroup([], [[] for _ in evidence.arms])
    cells = []
    for arm in evidence.arms.values():
        if not arm.previous:
            cells.append([EMPTY])
            continue
        comparison = evidence.compare(arm.name, arm.previous, metric)
        if comparison.change is None:
            cells.append([Cell(f"= {arm.previous}" if comparison.same else numbers.MISSING)])
            continue
        change = comparison.change
        text = numbers.change(change.mean, change.low, change.high, change.sd)
        cells.append([Cell(text, change_values(change), comparison.trials)])
    return ColumnGroup([Column(f"{metric}.step", "Δ to step before")], cells)
