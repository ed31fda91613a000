"""Column: the number of complete runs of an arm, out of the planned ones."""

from __future__ import annotations

from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """The complete runs of an arm: seeds, or with cross-validation seeds and folds."""
    planned_runs = evidence.results.groupby("arm", sort=False).size()
    cells = []
    for arm in evidence.arms:
        complete = len(evidence.runs(arm))
        planned = int(planned_runs.get(arm, 0))
        text = str(complete) if complete == planned else f"{complete} of {planned}"
        values = {"": complete, "planned": planned}
        cells.append([Cell(text, values, trials_of(evidence, arm))])
    return ColumnGroup([Column("runs", "Runs" if evidence.folds else "Seeds")], cells)


def trials_of(evidence: Evidence, arm: str) -> tuple[int, ...]:
    """The complete trials of an arm, in order."""
    return tuple(sorted(int(number) for number in evidence.runs(arm)["trial"]))
