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
        complete = len(evidence.runs(arm))
        planned = int(planned_runs.get(arm, 0))
        text = str(complete) if complete == planned else f"{complete} of {planned}"
        values = {"": complete, "planned": planned}
        cells.append([Cell(text, values, trials_of(evidence, arm))])
    title = "Runs" if evidence.folds else "Seeds"
    return ColumnGroup([Column("runs", title)], cells)


def trials_of(evidence: Evidence, arm: str) -> tuple[int, ...]:
    """Return the complete trials of an arm, in order."""
    numbers = evidence.runs(arm)["trial"].astype(int)
    return tuple(sorted(numbers.tolist()))
