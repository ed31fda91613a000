"""Columns: the design that an arm belongs to, and the arm it is compared with."""

from __future__ import annotations

from sweep.model.arm import Arm
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return an arm's design, and its reference if arms have different references."""
    references = {reference for _, reference in reference_pairs(evidence)}
    same_reference = len(references) < 2
    group = [
        Column("design", "Design", "left", detail=True),
        Column("reference", "Against", "left", detail=same_reference),
    ]
    cells = []
    for arm in evidence.arms.values():
        design = Cell(arm.design, {"": arm.design})
        cells.append([design, _reference_cell(arm)])
    return ColumnGroup(group, cells)


def _reference_cell(arm: Arm) -> Cell:
    """Return the cell of an arm's reference; empty for the baseline."""
    reference = reference_of(arm)
    if reference is None:
        return EMPTY
    return Cell(reference, {"": reference})


def reference_pairs(evidence: Evidence) -> list[tuple[str, str]]:
    """Return (arm, its reference) of every arm that has one."""
    pairs = []
    for arm in evidence.arms.values():
        reference = reference_of(arm)
        if reference is not None:
            pairs.append((arm.name, reference))
    return pairs


def reference_of(arm: Arm) -> str | None:
    """Return the arm with which this one is compared; None for the baseline itself."""
    if not arm.reference or arm.reference == arm.name:
        return None
    return arm.reference
