"""Columns: the parameter values that the retuning of each arm chose."""

from __future__ import annotations

from collections.abc import Mapping

from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import EMPTY, Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """The retuned values of each arm, for the machine formats; a page has a note instead."""
    names: dict[str, None] = {}
    for arm in evidence.arms.values():
        names |= dict.fromkeys(arm.tuned or {})
    group = [
        Column(f"tuned.{name}", f"{name} (retuned)", detail=True) for name in names
    ]
    cells = [
        [_tuned_cell(arm.tuned or {}, name) for name in names]
        for arm in evidence.arms.values()
    ]
    return ColumnGroup(group, cells)


def _tuned_cell(tuned: Mapping[str, object], name: str) -> Cell:
    if name not in tuned:
        return EMPTY
    value = tuned[name]
    text = numbers.plain(value) if isinstance(value, float) else str(value)
    plain = value if isinstance(value, int | float | str | bool) else str(value)
    return Cell(text, {"": plain})
