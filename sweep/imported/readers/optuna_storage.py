"""Optuna's storages: an SQLite database or a journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from sweep.imported.table import EPOCH, RUN, SECONDS, STATE, Table, agreed, joined
from sweep.model.trial import Goal

_TABLES = frozenset({"studies", "version_info"})
_JOURNAL_START = b'{"op_code"'
_STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


def _recognises(path: Path) -> bool:
    """Return whether a file is Optuna's journal or database."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        if file.read(len(_JOURNAL_START)) == _JOURNAL_START:
            return True
    return sqlite_file.tables(path) >= _TABLES


def _read(path: Path) -> Table:
    """Read the ended trials of all studies of a storage."""
    storage = _storage(path)
    summaries = optuna.get_all_study_summaries(storage)
    tables: list[Table] = []
    all_goals: list[Mapping[str, Goal]] = []
    unfinished = 0
    for summary in summaries:
        study = optuna.load_study(study_name=summary.study_name, storage=storage)
        table = _study(study)
        if len(summaries) > 1:
            table.rows["study"] = summary.study_name
        tables.append(table)
        all_goals.append(table.goals)
        unfinished += len([t for t in study.trials if t.state not in _STATES])
    notes: list[str] = []
    if unfinished:
        notes.append(f"{unfinished} trials that had not ended were left out")
    notes += _disagreements(all_goals)
    only_notes = Table(pd.DataFrame(), notes=tuple(notes))
    return joined([*tables, only_notes])


def _study(study: optuna.Study) -> Table:
    """Return the rows of one study's ended trials."""
    names = study.metric_names or _value_names(len(study.directions))
    goals = dict(zip(names, map(_goal, study.directions), strict=True))
    reported = _name_of_reported(study.trials, names)
    rows: list[dict[str, Any]] = []
    parameters: dict[str, None] = {}
    for trial in study.trials:
        if trial.state in _STATES:
            run = f"{study.study_name}/{trial.number}"
            rows += [{**row, RUN: run} for row in _rows(trial, names, reported)]
            parameters |= dict.fromkeys(trial.params)
    metrics = dict.fromkeys([*names, reported])
    notes: tuple[str, ...] = ()
    if reported not in names:
        text = (
            f"{names[0]} is the value that a trial returned, {reported} the "
            "values that it reported"
        )
        notes = (text,)
    frame = pd.DataFrame(rows)
    return Table(frame, tuple(parameters), tuple(metrics), notes, goals)


def _disagreements(all_goals: Sequence[Mapping[str, Goal]]) -> list[str]:
    """Return a note for each metric that studies optimise in different directions."""
    names: set[str] = set()
    for goals in all_goals:
        names |= goals.keys()
    return [
        f"some studies maximize {name}, others minimize it: choose one with --goal"
        for name in sorted(names - agreed(all_goals).keys())
    ]


def _goal(direction: StudyDirection) -> Goal:
    """Return Optuna's direction as a goal."""
    return "minimize" if direction == StudyDirection.MINIMIZE else "maximize"


def _name_of_reported(trials: list[FrozenTrial], names: list[str]) -> str:
    """Return the name of the column of intermediate values.

    It is the metric's name if every complete trial returned its last intermediate value: they are
    then the metric's learning curve. Otherwise it is `reported`.
    """
    for trial in trials:
        steps = trial.intermediate_values
        if trial.state != TrialState.COMPLETE or not steps or len(names) > 1:
            continue
        if steps[max(steps)] != trial.value:
            return "reported"
    return names[0]


def _storage(path: Path) -> Any:
    """Open the storage, a database read-only."""
    try:
        if sqlite_file.is_sqlite(path):
            return RDBStorage(f"sqlite:///{sqlite_file.address(path)}&uri=true")
        return JournalStorage(JournalFileBackend(str(path)))
    except (ImportError, RuntimeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _value_names(count: int) -> list[str]:
    """Return names for the values of a study that names none."""
    if count == 1:
        return ["value"]
    return [f"value_{position}" for position in range(count)]


def _rows(trial: FrozenTrial, names: list[str], reported: str) -> list[dict[str, Any]]:
    """Return a row for each intermediate value, or a single row if there are none."""
    shared: dict[str, Any] = {**trial.params, STATE: _STATES[trial.state]}
    seconds = trial.duration.total_seconds() if trial.duration is not None else 0.0
    values = dict(zip(names, trial.values or [], strict=False))
    if not trial.intermediate_values or len(names) > 1:
        return [{**shared, **values, SECONDS: seconds}]
    shared[SECONDS] = seconds / len(trial.intermediate_values)
    steps = sorted(trial.intermediate_values.items())
    rows = [{**shared, EPOCH: step, reported: value} for step, value in steps]
    rows[-1] |= values
    return rows


OPTUNA = Reader(
    "an Optuna storage (a SQLite file, a journal, sqlite:///…)", _recognises, _read
)
