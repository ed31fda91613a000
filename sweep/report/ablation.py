"""Build the ablation table: one row per arm, with the columns of `sweep.report.columns`."""

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
    # The groups that the layout chooses come first; the others are hidden on pages.
    chosen = evidence.layout.columns or tuple(COLUMNS)
    in_order = dict.fromkeys((*chosen, *COLUMNS))
    for name in in_order:
        columns_of_group = COLUMNS[name]
        group = columns_of_group(evidence, notes)
        columns += _printed(group.columns, name, evidence.layout)
        for row, cells in zip(rows, group.cells, strict=True):
            row += cells
    table = Table(
        name="ablation",
        title=_title(evidence),
        columns=tuple(columns),
        rows=tuple(map(tuple, rows)),
        notes=notes.all(),
    )
    return [table]


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
            mark = notes.mark(caveat.text, caveat.trials)
            marks[caveat.arm].append(mark)
    cells = []
    for name, of_arm in marks.items():
        cell = Cell(name, {"": name}, marks=tuple(of_arm))
        cells.append(cell)
    return cells


def _title(evidence: Evidence) -> str:
    """The study's name, and how many seeds and folds each arm is trained with."""
    ablation = evidence.history.spec.ablation
    if ablation is None:
        return "Ablation"
    seeds = len(ablation.seeds)
    runs = "1 seed" if seeds == 1 else f"{seeds} seeds"
    if ablation.until_decided is not None:
        runs = f"{ablation.until_decided.first} to {runs}"
    if ablation.folds:
        runs += f" × {ablation.folds} folds"
    return f"Ablation of {evidence.history.spec.name}: mean ± standard deviation over {runs}"
