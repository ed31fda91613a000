"""The protocol of a column's module: a function from the evidence to a group of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """Columns that belong together.

    Attributes:
        columns: in order; empty if the study has no content for them.
        cells: one row per arm, in the order of `Evidence.arms`; one cell per column.

    Raises:
        ValueError: a row has another number of cells than there are columns.
    """

    columns: list[Column]
    cells: list[list[Cell]]

    def __post_init__(self) -> None:
        for number, row in enumerate(self.cells):
            if len(row) != len(self.columns):
                keys = ", ".join(column.key for column in self.columns) or "none"
                raise ValueError(
                    f"row {number} has {len(row)} cells for {len(self.columns)} columns ({keys})"
                )


class Build(Protocol):
    """The function that a column's module must have."""

    def __call__(self, evidence: Evidence, notes: Notes) -> ColumnGroup:
        """Return the columns of a study, and add their footnotes to the table's notes."""
