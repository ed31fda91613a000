"""Column: the number of complete runs of an arm, out of the planned ones."""

from __future__ import annotations

from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return the complete runs of an arm: seeds, or with cross-validation seeds and folds."""
    planned_runs = evidence.results.groupby("arm", sort=False).size()
    cells = []
    for arm in evidence.arms:
        planned = int(planned_runs.get(arm, 0))
        cells.append([_cell(evidence, arm, planned)])
    title = "Runs" if evidence.folds else "Seeds"
    return ColumnGroup([Column("runs", title)], cells)


def _cell(evidence: Evidence, arm: str, planned: int) -> Cell:
    """Return the cell of one arm; the planned number is shown only if runs are missing."""
    complete = len(evidence.runs(arm))
    text = str(complete)
    if complete != planned:
        text = f"{complete} of {planned}"
    values = {"": complete, "planned": planned}
    return Cell(text, values, trials_of(evidence, arm))


def trials_of(evidence: Evidence, arm: str) -> tuple[int, ...]:
    """Return the complete trials of an arm, in order."""
    numbers = evidence.runs(arm)["trial"].astype(int)
    return tuple(sorted(numbers.tolist()))
