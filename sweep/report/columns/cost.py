"""Columns: the epochs of an arm's runs, and the worker time of one run."""

from __future__ import annotations

from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.columns.runs import trials_of
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Epochs of a run, and its worker time where that is known."""
    timed = is_timed(evidence)
    cells = []
    for arm in evidence.arms:
        rows = evidence.runs(arm)
        if rows.empty:
            cells.append([Cell(numbers.MISSING) for _ in range(2 if timed else 1)])
            continue
        trials = trials_of(evidence, arm)
        epochs = float(rows["epochs"].mean())
        # the median: the first trial of a worker also imports what the others find imported
        seconds = float(rows["seconds"].median())
        total = float(rows["seconds"].sum())
        time = Cell(numbers.duration(seconds), {"": seconds, "total": total}, trials)
        cells.append([Cell(f"{epochs:.4g}", {"": epochs}, trials), *([time] if timed else [])])
    group = [Column("epochs", "Epochs"), *([Column("seconds", "Time a run")] if timed else [])]
    return ColumnGroup(group, cells)


def is_timed(evidence: Evidence) -> bool:
    """Whether it is known how long runs took: of runs trained elsewhere it may not be."""
    return not evidence.history.imports or float(evidence.results["seconds"].sum()) > 0
