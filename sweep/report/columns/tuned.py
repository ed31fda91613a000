"""Columns: the parameter values that the retuning of each arm chose."""

from __future__ import annotations

from collections.abc import Mapping

from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Notes, Value


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return the retuned values of each arm, for CSV, parquet and JSON; pages have a note."""
    names: dict[str, None] = {}
    for arm in evidence.arms.values():
        retuned = arm.tuned or {}
        names.update(dict.fromkeys(retuned))
    group = [_column(name) for name in names]
    cells = []
    for arm in evidence.arms.values():
        retuned = arm.tuned or {}
        row = [_tuned_cell(retuned, name) for name in names]
        cells.append(row)
    return ColumnGroup(group, cells)


def _column(name: str) -> Column:
    """Return the column of one parameter."""
    return Column(f"tuned.{name}", f"{name} (retuned)", detail=True)


def _tuned_cell(tuned: Mapping[str, object], name: str) -> Cell:
    """Return the cell of one parameter; empty if the arm has no retuned value of it."""
    if name not in tuned:
        return EMPTY
    value = tuned[name]
    text = numbers.plain(value) if isinstance(value, float) else str(value)
    return Cell(text, {"": _exported(value)})


def _exported(value: object) -> Value:
    """Return a value as CSV and JSON hold it: a list, for example, as text."""
    if isinstance(value, int | float | str | bool):
        return value
    return str(value)
