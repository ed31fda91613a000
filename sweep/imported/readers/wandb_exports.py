"""CSV exports of W&B: a table of runs, a chart, or the history of one run.

A chart has a column for the step and three for each run: `NAME - METRIC`, and the same with `__MIN`
and `__MAX`. A history, as `run.history().to_csv()` writes it, has `_step`, `_runtime` and
`_timestamp`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from sweep.imported.table import EPOCH, RUN, SECONDS, STATE, Table

_ENDS = {
    "finished": "complete",
    "crashed": "failed",
    "failed": "failed",
    "killed": "failed",
}
_METADATA = (
    "State", "Notes", "User", "Tags", "Created", "Sweep", "ID", "Commit", "Hostname",
)  # fmt: skip
_STEP, _RUNTIME, _TIME = "_step", "_runtime", "_timestamp"
_CURVE = re.compile(r"(?P<run>.+) - (?P<metric>.+)")
_LOWEST, _HIGHEST = "__MIN", "__MAX"


def from_export(frame: pd.DataFrame, path: Path) -> Table | None:
    """Return the runs of a W&B export, or None if the columns are not those of an export."""
    columns = list(map(str, frame.columns))
    if "Name" in columns and "State" in columns:
        return _runs(frame)
    if _is_chart(columns):
        return _chart(frame)
    if _STEP in columns:
        return _history(frame, path)
    return None


def _is_chart(columns: list[str]) -> bool:
    """Return whether all columns but the first are curves, and one is a lower bound."""
    has_bounds = any(name.endswith(_LOWEST) for name in columns)
    return has_bounds and all(_CURVE.fullmatch(name) for name in columns[1:])


def _runs(frame: pd.DataFrame) -> Table:
    """Return the runs of a table's "Export as CSV": names, states, settings and results."""
    rows = frame.rename(columns={"Name": RUN, "Runtime": SECONDS})
    rows[STATE] = rows["State"].str.lower().map(_ENDS).fillna("failed")
    present = [name for name in _METADATA if name in rows.columns]
    return Table(rows.drop(columns=present))


def _chart(frame: pd.DataFrame) -> Table:
    """Return the runs of a chart's "Export as CSV": a column for each run, a row for each step."""
    step = str(frame.columns[0])
    curves: dict[str, dict[str, pd.Series[Any]]] = {}
    mean_count = 0
    for column in frame.columns[1:]:
        match = _CURVE.fullmatch(column)
        is_bound = column.endswith((_LOWEST, _HIGHEST))
        if match is None or is_bound:
            continue
        metrics_of_run = curves.setdefault(match["run"], {})
        metrics_of_run[match["metric"]] = frame[column]
        mean_count += _is_mean(frame, column)
    parts: list[pd.DataFrame] = []
    names: dict[str, None] = {}
    for run, metrics in curves.items():
        rows = pd.DataFrame({EPOCH: frame[step], **metrics})
        with_value = rows.dropna(how="all", subset=list(metrics))
        parts.append(with_value.assign(**{RUN: run}))
        names.update(dict.fromkeys(metrics))
    notes = []
    if mean_count:
        notes.append(
            f"{mean_count} columns of the chart hold means (their __MIN and __MAX "
            "differ) of the runs of a group or of several steps; a mean of several "
            "runs is imported as if it were one run"
        )
    return Table(
        rows=pd.concat(parts, ignore_index=True),
        metrics=tuple(names),
        notes=tuple(notes),
        counts_steps=step.lower() != EPOCH,
    )


def _is_mean(frame: pd.DataFrame, column: str) -> bool:
    """Return whether the chart shows a lower and a higher value beside the column's."""
    lowest, highest = f"{column}{_LOWEST}", f"{column}{_HIGHEST}"
    if lowest not in frame.columns or highest not in frame.columns:
        return False
    return bool((frame[lowest] < frame[highest]).any())


def _history(frame: pd.DataFrame, path: Path) -> Table:
    """Return the history of a run; if no column names the run, it has the name of its file."""
    rows = frame.drop(columns=[_TIME], errors="ignore")
    if _RUNTIME in rows.columns:
        rows = rows.drop(columns=_RUNTIME)
    if RUN not in rows.columns:
        rows = rows.assign(**{RUN: path.name.partition(".")[0]})
    if EPOCH in rows.columns:
        return Table(rows.drop(columns=_STEP))
    return Table(rows.rename(columns={_STEP: EPOCH}), counts_steps=True)
