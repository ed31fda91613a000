"""Columns: how many runs stand behind a row, their epochs, and the worker time of one run."""

from __future__ import annotations

from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """How many runs stand behind a row, their epochs, and the worker time of one run."""
    timed = is_timed(evidence)
    planned = evidence.results.groupby("arm", sort=False).size()
    cells = []
    for arm in evidence.arms:
        rows = evidence.runs(arm)
        n, of = len(rows), int(planned.get(arm, 0))
        trials = tuple(sorted(int(t) for t in rows["trial"]))
        runs = Cell(str(n) if n == of else f"{n} of {of}", {"": n, "planned": of}, trials)
        if not n:
            cells.append([runs, Cell(numbers.MISSING), *([Cell(numbers.MISSING)] if timed else [])])
            continue
        epochs = float(rows["epochs"].mean())
        # the median: the first trial of a worker also imports what the others find imported
        seconds = float(rows["seconds"].median())
        total = float(rows["seconds"].sum())
        time = Cell(numbers.duration(seconds), {"": seconds, "total": total}, trials)
        cells.append(
            [runs, Cell(f"{epochs:.4g}", {"": epochs}, trials), *([time] if timed else [])]
        )
    unit = "Runs" if evidence.folds else "Seeds"
    group = [
        Column("runs", unit),
        Column("epochs", "Epochs"),
        *([Column("seconds", "Time a run")] if timed else []),
    ]
    return ColumnGroup(group, cells)


def is_timed(evidence: Evidence) -> bool:
    """Whether it is known how long runs took: of runs trained elsewhere it may not be."""
    return not evidence.history.imports or float(evidence.results["seconds"].sum()) > 0
