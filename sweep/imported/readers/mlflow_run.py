"""The rows of MLflow runs, from either kind of store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sweep.imported.table import (
    EPOCH,
    RUN,
    SECONDS,
    STATE,
    Table,
    joined,
    number_or_text,
)

ENDS = {"FINISHED": "complete", "FAILED": "failed", "KILLED": "failed"}
NAME_TAG, PARENT_TAG = "mlflow.runName", "mlflow.parentRunId"


@dataclass(frozen=True)
class MlflowRun:
    """One run of an MLflow store.

    Attributes:
        identifier: 32 hexadecimal digits.
        name: its name in MLflow's user interface.
        status: `FINISHED`, `FAILED`, `KILLED`, `RUNNING` or `SCHEDULED`.
        deleted: whether it is deleted in MLflow.
        parent: identifier of the run in which it is nested; None: it is not nested.
        started: start time in milliseconds since 1970; runs are sorted by it.
        milliseconds: its duration; 0 if it has not ended.
        settings: parameter → text.
        curves: metric → step → the last value logged for that step.
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
    """Return the rows of the imported runs; notes say how many runs are left out, and why."""
    parents = {run.parent for run in runs}
    kept: list[MlflowRun] = []
    left_out: dict[str, int] = {}
    for run in sorted(runs, key=lambda run: (run.started, run.identifier)):
        reason = _reason_to_leave_out(run, parents)
        if reason is None:
            kept.append(run)
        else:
            left_out[reason] = left_out.get(reason, 0) + 1
    notes = [
        f"{count} of {len(runs)} runs left out: {reason}"
        for reason, count in left_out.items()
    ]
    only_notes = Table(pd.DataFrame(), notes=tuple(notes))
    return joined([*map(_rows, kept), only_notes])


def _reason_to_leave_out(run: MlflowRun, parents: set[str | None]) -> str | None:
    """Return why a run is left out, or None; `parents` are runs in which others are nested."""
    if run.deleted:
        return "deleted in MLflow"
    if run.status not in ENDS:
        return "had not ended"
    if run.identifier in parents and not run.curves:
        return "only holds other runs"
    return None


def _rows(run: MlflowRun) -> Table:
    """Return a row for each step of a run; one row if it has logged no metric."""
    settings = {name: number_or_text(text) for name, text in run.settings.items()}
    by_step: dict[int, dict[str, float]] = {}
    for metric, curve in run.curves.items():
        for step, value in curve.items():
            by_step.setdefault(step, {})[metric] = value
    steps: list[dict[str, Any]] = [
        {**by_step[step], EPOCH: step} for step in sorted(by_step)
    ]
    if not steps:
        steps.append({})
    frame = pd.DataFrame(steps).assign(
        **{
            **settings,
            RUN: run.identifier,
            "name": run.name,
            STATE: ENDS[run.status],
            SECONDS: run.milliseconds / 1000 / len(steps),
        }
    )
    return Table(frame, tuple(settings), tuple(run.curves), counts_steps=True)
