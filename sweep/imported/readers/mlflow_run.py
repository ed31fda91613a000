"""One run of MLflow, whichever store it was read from, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sweep.imported.table import EPOCH, RUN, SECONDS, STATE, Table, joined

ENDS = {"FINISHED": "complete", "FAILED": "failed", "KILLED": "failed"}
NAME_TAG, PARENT_TAG = "mlflow.runName", "mlflow.parentRunId"


@dataclass(frozen=True)
class MlflowRun:
    """What a store says of a run.

    Attributes:
        identifier: 32 hexadecimal digits.
        name: what MLflow's pages call it.
        status: `FINISHED`, `FAILED`, `KILLED`, `RUNNING` or `SCHEDULED`.
        deleted: in MLflow's bin.
        parent: the identifier of the run that it was nested in.
        started: when, in milliseconds; runs are in this order.
        milliseconds: from its start to its end; 0 where it has not ended.
        settings: its parameters, which are texts.
        curves: metric → step → value, the last one that was logged for a step.
    """

    identifier: str
    name: str
    status: str
    deleted: bool
    parent: str | None
    started: float
    milliseconds: float
    settings: Mapping[str, str]
    curves: Mapping[str, Mapping[int, float]]


def table_of(runs: Sequence[MlflowRun]) -> Table:
    """The rows of the runs that count; the notes say how many do not, and why."""
    parents = {run.parent for run in runs}
    kept: list[MlflowRun] = []
    left_out: dict[str, int] = {}
    for run in sorted(runs, key=lambda run: (run.started, run.identifier)):
        reason = _reason_to_leave_out(run, parents)
        if reason is None:
            kept.append(run)
        else:
            left_out[reason] = left_out.get(reason, 0) + 1
    notes = tuple(
        f"{count} of {len(runs)} runs left out: {reason}"
        for reason, count in left_out.items()
    )
    rows = [_rows(run) for run in kept]
    return joined([*rows, Table(pd.DataFrame(), notes=notes)])


def _reason_to_leave_out(run: MlflowRun, parents: set[str | None]) -> str | None:
    if run.deleted:
        return "deleted in MLflow"
    if run.status not in ENDS:
        return "had not ended"
    if run.identifier in parents and not run.curves:
        return "only holds other runs"
    return None


def _rows(run: MlflowRun) -> Table:
    settings = {name: number_or_text(text) for name, text in run.settings.items()}
    steps = sorted({step for curve in run.curves.values() for step in curve})
    rows: list[dict[str, Any]] = []
    for step in steps:
        values = {
            metric: curve[step] for metric, curve in run.curves.items() if step in curve
        }
        rows.append({**settings, **values, EPOCH: step})
    shared: dict[str, Any] = {RUN: run.identifier, "name": run.name}
    shared[STATE] = ENDS[run.status]
    shared[SECONDS] = run.milliseconds / 1000 / max(len(rows), 1)
    frame = pd.DataFrame([{**row, **shared} for row in rows or [dict(settings)]])
    return Table(frame, tuple(settings), tuple(run.curves), counts_steps=True)


def number_or_text(text: str) -> Any:
    """A parameter, which MLflow keeps as a text, as the number that it spells."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
