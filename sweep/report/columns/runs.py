"""Column: how many complete runs stand behind a row, and of how many."""

from __future__ import annotations

from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """The complete runs of an arm: seeds, or with cross-validation seeds and folds."""
    planned = evidence.results.groupby("arm", sort=False).size()
    cells = []
    for arm in evidence.arms:
        n, of = len(evidence.runs(arm)), int(planned.get(arm, 0))
        text = str(n) if n == of else f"{n} of {of}"
        cells.append([Cell(text, {"": n, "planned": of}, trials_of(evidence, arm))])
    return ColumnGroup([Column("runs", "Runs" if evidence.folds else "Seeds")], cells)


def trials_of(evidence: Evidence, arm: str) -> tuple[int, ...]:
    """The complete trials of an arm, in order."""
    return tuple(sorted(int(number) for number in evidence.runs(arm)["trial"]))
