"""Column: the change against the previous step of a ladder or a path."""

from __future__ import annotations

from sweep.ablation import looks
from sweep.report import numbers
from sweep.report.columns.change import change_cell
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.comparisons import Comparison
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return the change against the previous step; all steps are one family.

    There is no column for fewer than two steps, or with looks, which the intervals would ignore.
    """
    metric = evidence.metrics[0]
    arms = evidence.arms.values()
    pairs = [(arm.name, arm.previous) for arm in arms if arm.previous]
    if len(pairs) < 2 or looks.is_sequential(evidence.history):
        return ColumnGroup([], [[] for _ in arms])
    steps = evidence.compared(pairs).of(metric)
    decimals = evidence.layout.decimals(metric)
    cells = [[_cell(steps.get(name), decimals)] for name in evidence.arms]
    notes.explain(f"Δ to previous step: a separate family of {len(pairs)} steps")
    return ColumnGroup([Column(f"{metric}.step", "Δ to previous step")], cells)


def _cell(step: Comparison | None, decimals: int | None) -> Cell:
    """Return the cell of one step."""
    if step is None:
        return EMPTY
    if step.contrast is not None:
        return change_cell(step, step.contrast, decimals)
    return Cell(f"= {step.reference}" if step.same else numbers.MISSING)
