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
    pairs = _steps(evidence)
    if len(pairs) < 2 or looks.is_sequential(evidence.history):
        return ColumnGroup([], [[] for _ in evidence.arms])

    metric = evidence.metrics[0]
    comparisons = evidence.compared(pairs).of(metric)
    decimals = evidence.layout.decimals(metric)
    cells = []
    for arm in evidence.arms:
        comparison = comparisons.get(arm)
        cells.append([_cell(comparison, decimals)])

    notes.explain(f"Δ to previous step: a separate family of {len(pairs)} steps")
    column = Column(f"{metric}.step", "Δ to previous step")
    return ColumnGroup([column], cells)


def _steps(evidence: Evidence) -> list[tuple[str, str]]:
    """Return (arm, the arm of the step before) of every arm that has a previous step."""
    arms = evidence.arms.values()
    return [(arm.name, arm.previous) for arm in arms if arm.previous]


def _cell(step: Comparison | None, decimals: int | None) -> Cell:
    """Return the cell of one step.

    Args:
        step: the comparison with the previous step; None if the arm has no previous step.
        decimals: of the change; None: as many as its interval supports.
    """
    if step is None:
        return EMPTY
    if step.contrast is not None:
        return change_cell(step, step.contrast, decimals)
    if step.same:
        return Cell(f"= {step.reference}")
    return Cell(numbers.MISSING)
