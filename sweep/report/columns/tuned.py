"""Columns: the parameter values that the retuning of each arm chose."""

from __future__ import annotations

from collections.abc import Mapping

from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return the retuned values of each arm, for CSV, parquet and JSON; pages have a note."""
    names: dict[str, None] = {}
    for arm in evidence.arms.values():
        names |= dict.fromkeys(arm.tuned or {})
    group = [
        Column(f"tuned.{name}", f"{name} (retuned)", detail=True) for name in names
    ]
    cells = []
    for arm in evidence.arms.values():
        tuned = arm.tuned or {}
        cells.append([_tuned_cell(tuned, name) for name in names])
    return ColumnGroup(group, cells)


def _tuned_cell(tuned: Mapping[str, object], name: str) -> Cell:
    """Return the cell of one parameter; empty if the arm has no retuned value of it."""
    if name not in tuned:
        return EMPTY
    value = tuned[name]
    text = numbers.plain(value) if isinstance(value, float) else str(value)
    plain = value if isinstance(value, int | float | str | bool) else str(value)
    return Cell(text, {"": plain})
