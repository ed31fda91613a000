"""The ablation table: one row per arm, with the columns of `sweep.report.columns`."""

from __future__ import annotations

from dataclasses import replace

from sweep.report.caveats import all_caveats
from sweep.report.columns import COLUMNS
from sweep.report.evidence import Evidence
from sweep.report.layout import Layout
from sweep.report.table import Cell, Column, Notes, Table


def ablation_tables(evidence: Evidence) -> list[Table]:
    """Each arm's name with its caveats, then every column that the study can fill.

    Arms are compared on `report.compare` (default: the first of the evidence's metrics), as one
    family. The machine formats also hold the change in every other metric, each as a separate
    family. No table without arms.
    """
    if not evidence.arms:
        return []
    notes = Notes()
    columns = [Column("arm", "Arm", "left")]
    rows = [[cell] for cell in _names(evidence, notes)]
    chosen = evidence.layout.columns or tuple(COLUMNS)
    for name in dict.fromkeys((*chosen, *COLUMNS)):
        group = COLUMNS[name](evidence, notes)
        columns += _printed(group.columns, name, evidence.layout)
        for row, cells in zip(rows, group.cells, strict=True):
            row += cells
    table_rows = tuple(tuple(row) for row in rows)
    return [
        Table("ablation", _title(evidence), tuple(columns), table_rows, notes.all())
    ]


def _printed(columns: list[Column], name: str, layout: Layout) -> list[Column]:
    """The columns of a group, printed or hidden as the layout asks.

    The layout may hide a whole group, or print a group that is hidden by default.
    """
    if not layout.columns:
        return columns
    if name not in layout.columns:
        return [replace(column, detail=True) for column in columns]
    if all(column.detail for column in columns):
        return [replace(column, detail=False) for column in columns]
    return columns


def _names(evidence: Evidence, notes: Notes) -> list[Cell]:
    """The names of the arms, each with the marks of its caveats."""
    marks: dict[str, list[str]] = {arm: [] for arm in evidence.arms}
    for caveat in all_caveats(evidence):
        if caveat.arm is None:
            notes.add(caveat.text, caveat.trials)
        else:
            marks[caveat.arm].append(notes.mark(caveat.text, caveat.trials))
    return [Cell(name, {"": name}, marks=tuple(marks[name])) for name in evidence.arms]


def _title(evidence: Evidence) -> str:
    ablation = evidence.history.spec.ablation
    if ablation is None:
        return "Ablation"
    seeds = len(ablation.seeds)
    runs = f"{seeds} seed{'s' if seeds != 1 else ''}"
    if ablation.until_decided is not None:
        runs = f"{ablation.until_decided.first} to {runs}"
    if ablation.folds:
        runs += f" × {ablation.folds} folds"
    return f"Ablation of {evidence.history.spec.name}: mean ± standard deviation over {runs}"
