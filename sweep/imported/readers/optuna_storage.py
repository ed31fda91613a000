"""Optuna's storages: an SQLite database, or a journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
import pandas as pd
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from sweep.errors import UsageError
from sweep.imported.readers import sqlite_file
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import EPOCH, RUN, SECONDS, STATE, Table, agreed
from sweep.model.trial import Goal

_TABLES = frozenset({"studies", "version_info"})
_JOURNAL_START = b'{"op_code"'
_STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


def _recognises(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        if file.read(len(_JOURNAL_START)) == _JOURNAL_START:
            return True
    return sqlite_file.tables(path) >= _TABLES


def _read(path: Path) -> Table:
    rows: list[dict[str, Any]] = []
    parameters: dict[str, None] = {}
    metrics: dict[str, None] = {}
    goals: list[dict[str, Goal]] = []
    notes: dict[str, None] = {}
    unfinished = 0
    storage = _storage(path)
    summaries = optuna.get_all_study_summaries(storage)
    for summary in summaries:
        study = optuna.load_study(study_name=summary.study_name, storage=storage)
        names = study.metric_names or _value_names(len(study.directions))
        goals.append(dict(zip(names, map(_goal, study.directions), strict=True)))
        reported = _name_of_reported(study.trials, names)
        if reported not in names:
            text = (
                f"{names[0]} is the value that a trial returned, {reported} the "
                "values that it reported"
            )
            notes[text] = None
        for trial in study.trials:
            if trial.state not in _STATES:
                unfinished += 1
                continue
            trial_rows = _rows(trial, names, reported)
            shared = {"study": summary.study_name} if len(summaries) > 1 else {}
            run = f"{summary.study_name}/{trial.number}"
            rows += [{**row, RUN: run, **shared} for row in trial_rows]
            parameters |= dict.fromkeys(trial.params)
        metrics |= dict.fromkeys([*names, reported])
    if unfinished:
        notes[f"{unfinished} trials that had not ended were left out"] = None
    agreeing = agreed(goals)
    stated = {name for study_goals in goals for name in study_goals}
    for name in sorted(stated - agreeing.keys()):
        notes[
            f"some studies maximize {name}, others minimize it: choose one with --goal"
        ] = None
    frame = pd.DataFrame(rows)
    return Table(frame, tuple(parameters), tuple(metrics), tuple(notes), agreeing)


def _goal(direction: StudyDirection) -> Goal:
    return "minimize" if direction == StudyDirection.MINIMIZE else "maximize"


def _name_of_reported(trials: list[FrozenTrial], names: list[str]) -> str:
    """Name of the column of intermediate values.

    The metric's name if every complete trial returned its last intermediate value: then they are
    the metric's learning curve. Else `reported`.
    """
    for trial in trials:
        steps = trial.intermediate_values
        if trial.state != TrialState.COMPLETE or not steps or len(names) > 1:
            continue
        if steps[max(steps)] != trial.value:
            return "reported"
    return names[0]


def _storage(path: Path) -> Any:
    try:
        if sqlite_file.is_sqlite(path):
            return RDBStorage(f"sqlite:///{sqlite_file.address(path)}&uri=true")
        return JournalStorage(JournalFileBackend(str(path)))
    except (ImportError, RuntimeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _value_names(count: int) -> list[str]:
    return (
        ["value"] if count == 1 else [f"value_{position}" for position in range(count)]
    )


def _rows(trial: FrozenTrial, names: list[str], reported: str) -> list[dict[str, Any]]:
    """A row for each intermediate value, or a single row if there are none."""
    shared: dict[str, Any] = {**trial.params, STATE: _STATES[trial.state]}
    seconds = trial.duration.total_seconds() if trial.duration is not None else 0.0
    values = dict(zip(names, trial.values or [], strict=False))
    if not trial.intermediate_values or len(names) > 1:
        return [{**shared, **values, SECONDS: seconds}]
    share = seconds / len(trial.intermediate_values)
    steps = sorted(trial.intermediate_values.items())
    rows = [
        {**shared, EPOCH: step, reported: value, SECONDS: share}
        for step, value in steps
    ]
    rows[-1] |= values
    return rows


OPTUNA = Reader(
    "an Optuna storage (a SQLite file, a journal, sqlite:///…)", _recognises, _read
)
