"""Optuna's storages: a database (`sqlite:///study.db`, or the file), or a journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
import pandas as pd
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from sweep.errors import UsageError
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import EPOCH, RUN, SECONDS, STATE, Table

_DATABASE_START = b"SQLite format 3"
_JOURNAL_START = b'{"op_code"'
_STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


def _recognises(path: Path) -> bool:
    if "://" in str(path) or str(path).startswith("sqlite:"):
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(len(_DATABASE_START))
    return start.startswith((_DATABASE_START, _JOURNAL_START))


def _read(path: Path) -> Table:
    rows: list[dict[str, Any]] = []
    parameters: dict[str, None] = {}
    metrics: dict[str, None] = {}
    left = 0
    storage = _storage(path)
    summaries = optuna.get_all_study_summaries(storage)
    for summary in summaries:
        study = optuna.load_study(study_name=summary.study_name, storage=storage)
        names = study.metric_names or _value_names(len(study.directions))
        for trial in study.trials:
            if trial.state not in _STATES:
                left += 1
                continue
            rows += _rows(trial, summary.study_name, names, several=len(summaries) > 1)
            parameters |= dict.fromkeys(trial.params)
        metrics |= dict.fromkeys(names)
    notes = (f"{left} trials that had not ended were left out",) if left else ()
    return Table(pd.DataFrame(rows), tuple(parameters), tuple(metrics), notes)


def _storage(path: Path) -> Any:
    text = str(path)
    try:
        if text.startswith("sqlite:") or "://" in text:
            return optuna.storages.RDBStorage(text.replace("sqlite:/", "sqlite:///", 1))
        with path.open("rb") as file:
            if file.read(len(_DATABASE_START)) == _DATABASE_START:
                return optuna.storages.RDBStorage(f"sqlite:///{path.resolve()}")
        return JournalStorage(JournalFileBackend(str(path)))
    except (ImportError, RuntimeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _value_names(count: int) -> list[str]:
    return ["value"] if count == 1 else [f"value_{position}" for position in range(count)]


def _rows(trial: FrozenTrial, study: str, names: list[str], several: bool) -> list[dict[str, Any]]:
    """The trial's end, or a row for each value that it reported on its way."""
    shared: dict[str, Any] = {**trial.params, RUN: f"{study}/{trial.number}"}
    shared[STATE] = _STATES[trial.state]
    if several:
        shared["study"] = study
    seconds = trial.duration.total_seconds() if trial.duration is not None else 0.0
    if trial.intermediate_values and len(names) == 1:
        share = seconds / len(trial.intermediate_values)
        steps = sorted(trial.intermediate_values.items())
        return [{**shared, EPOCH: step, names[0]: value, SECONDS: share} for step, value in steps]
    values = dict(zip(names, trial.values or [], strict=False))
    return [{**shared, **values, SECONDS: seconds}]


OPTUNA = Reader("an Optuna storage (a SQLite file, a journal, sqlite:///…)", _recognises, _read)
