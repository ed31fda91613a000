"""Columns: the epochs of an arm's runs, and the worker time of one run."""

from __future__ import annotations

import statistics

from sweep.history.history import History
from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.columns.runs import trials_of
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Epochs of a run, and its worker time where that is known."""
    timed = is_timed(evidence)
    first = _first_of_sessions(evidence.history)
    cells: list[list[Cell]] = []
    importing: list[int] = []  # arms' only runs, where they are a session's first
    for arm in evidence.arms:
        rows = evidence.runs(arm)
        if rows.empty:
            cells.append([Cell(numbers.MISSING) for _ in range(2 if timed else 1)])
            continue
        trials = trials_of(evidence, arm)
        epochs = float(rows["epochs"].mean())
        later = rows[~rows["trial"].isin(first)]
        if later.empty and timed:
            importing += trials
        # The first trial of a session imports what the others find imported. Other workers' first
        # ones do so too: of two middle runs the shorter counts.
        seconds = statistics.median_low(
            (rows if later.empty else later)["seconds"].to_list()
        )
        total = float(rows["seconds"].sum())
        time = Cell(numbers.duration(seconds), {"": seconds, "total": total}, trials)
        cells.append(
            [Cell(f"{epochs:.4g}", {"": epochs}, trials), *([time] if timed else [])]
        )
    if importing and len(evidence.complete) > len(importing):
        notes.add(
            "Time a run includes imports where a session's first trial is all there is",
            importing,
        )
    group = [
        Column("epochs", "Epochs"),
        *([Column("seconds", "Time a run")] if timed else []),
    ]
    return ColumnGroup(group, cells)


def _first_of_sessions(history: History) -> set[int]:
    """The first trial of each session."""
    first: dict[int, int] = {}
    for number in sorted(history.trials):
        for session in history.session_numbers.get(number, ()):
            first.setdefault(session, number)
    return set(first.values())


def is_timed(evidence: Evidence) -> bool:
    """Whether it is known how long runs took: of runs trained elsewhere it may not be."""
    return not evidence.history.imports or float(evidence.results["seconds"].sum()) > 0
