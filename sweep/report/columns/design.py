"""Columns: the design that an arm belongs to, and the arm it is compared with."""

from __future__ import annotations

from sweep.model.arm import Arm
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return an arm's design, and its reference if arms have different references."""
    references = {reference_of(arm) for arm in evidence.arms.values()} - {None}
    group = [
        Column("design", "Design", "left", detail=True),
        Column("reference", "Against", "left", detail=len(references) < 2),
    ]
    cells = []
    for arm in evidence.arms.values():
        reference = reference_of(arm)
        against = EMPTY if reference is None else Cell(reference, {"": reference})
        cells.append([Cell(arm.design, {"": arm.design}), against])
    return ColumnGroup(group, cells)


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
    return arm.reference if arm.reference and arm.reference != arm.name else None
