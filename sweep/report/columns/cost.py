"""Columns: the epochs of an arm's runs, and the worker time of one run."""

from __future__ import annotations

import statistics

import pandas as pd

from sweep.history.history import History
from sweep.report import numbers
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.columns.runs import trials_of
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Notes


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """Return the epochs of a run, and its worker time if that is known."""
    timed = is_timed(evidence)
    group = [Column("epochs", "Epochs")]
    if timed:
        group.append(Column("seconds", "Time per run"))
    first = _first_of_sessions(evidence.history)
    cells: list[list[Cell]] = []
    importing: list[int] = []  # runs of arms that have only a session's first trials
    for arm in evidence.arms:
        rows = evidence.runs(arm)
        if rows.empty:
            cells.append([Cell(numbers.MISSING) for _ in group])
            continue
        trials = trials_of(evidence, arm)
        epochs = float(rows["epochs"].mean())
        row = [Cell(f"{epochs:.4g}", {"": epochs}, trials)]
        if timed:
            later = rows[~rows["trial"].isin(first)]
            if later.empty:
                importing += trials
            row.append(_time(rows, later, trials))
        cells.append(row)
    if importing and len(evidence.complete) > len(importing):
        notes.add(
            "Time per run includes imports for arms that have only a session's first trial",
            importing,
        )
    return ColumnGroup(group, cells)


def _time(rows: pd.DataFrame, later: pd.DataFrame, trials: tuple[int, ...]) -> Cell:
    """Return the median worker time of a run.

    The first trial of a session imports libraries for all later ones; it is left out if there are
    others. The first trials of other workers import them too, so the shorter one of two middle
    runs counts.
    """
    timed_rows = rows if later.empty else later
    seconds = statistics.median_low(timed_rows["seconds"].to_list())
    total = float(rows["seconds"].sum())
    return Cell(numbers.duration(seconds), {"": seconds, "total": total}, trials)


def _first_of_sessions(history: History) -> set[int]:
    """Return the first trial of each session."""
    first: dict[int, int] = {}
    for number in sorted(history.trials):
        for session in history.session_numbers.get(number, ()):
            first.setdefault(session, number)
    return set(first.values())


def is_timed(evidence: Evidence) -> bool:
    """Return whether the duration of runs is known; for imported runs it may not be."""
    return not evidence.history.imports or float(evidence.results["seconds"].sum()) > 0
