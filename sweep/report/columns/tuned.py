"""Columns: the values that each arm's own retuning found."""

from __future__ import annotations

from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """What each arm's own retuning found; a note under the table says it in words."""
    names = dict.fromkeys(
        name for arm in evidence.arms.values() for name in arm.tuned or {}
    )
    group = [
        Column(f"tuned.{name}", f"{name} (retuned)", detail=True) for name in names
    ]
    cells = []
    for arm in evidence.arms.values():
        values = arm.tuned or {}
        cells.append(
            [_tuned_cell(values[name]) if name in values else EMPTY for name in names]
        )
    return ColumnGroup(group, cells)


def _tuned_cell(value: object) -> Cell:
    plain = value if isinstance(value, int | float | str | bool) else str(value)
    return Cell(
        numbers.plain(value) if isinstance(value, float) else str(value), {"": plain}
    )
