"""Export a study: Parquet and CSV for pandas, a journal for Optuna, runs for a tracker."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path

import orjson

from sweep import durable, samplers, trackers
from sweep.history.history import History
from sweep.history.opening import resumed
from sweep.search import observing, population, search_stage
from sweep.study import Study

TRIALS, EPOCHS, JOURNAL = "trials", "epochs", "optuna-journal.log"


def write(study: Study, folder: Path) -> list[Path]:
    """Write `trials` and `epochs` as Parquet and CSV, and the search as an Optuna journal.

    A population is no search of configurations, and is not in a journal.

    Returns:
        The files.

    Raises:
        CannotWrite: the disk is full or failing, or a path inside the study is a link.
    """
    files: dict[str, bytes] = {}
    for name, frame in ((TRIALS, study.trials()), (EPOCHS, study.epochs())):
        plain = frame.copy()
        for column in plain.columns:
            if plain[column].dtype == object and column.startswith("config."):
                # a list, or values of several types
                plain[column] = plain[column].map(_text).astype("string")
        files[f"{name}.parquet"] = plain.to_parquet()
        files[f"{name}.csv"] = plain.to_csv(index=False).encode(
            "utf-8", "surrogatepass"
        )
    # A population's members have no configuration of their own: Optuna has no form for them.
    spec = study.history.spec
    if spec.search is not None and population.section(spec) is None:
        files[JOURNAL] = _journal(study.history)
    return durable.write_files(files, folder)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def track(study: Study, names: Sequence[str]) -> list[str]:
    """Write a study from its log to trackers, as if they had been on while it ran.

    Returns:
        One line for each tracker: what was written.

    Raises:
        UnknownName, UsageError: see `sweep.trackers.check`.
        StudyLocked: a session is working on the study; it may be writing to the same tracker.
    """
    trackers.check(names)
    log, history = resumed(study.folder)
    with log:
        for name in names:
            trackers.write(name, history, study.folder)
    trials = len(history.trials)
    epochs = sum(len(trial.reports) for trial in history.trials.values())
    return [f"{name}: {trials} runs with {epochs} epochs" for name in names]


def _journal(history: History) -> bytes:
    """The search as an Optuna study."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    observations = [
        observing.observe(history.spec, suggestion)
        for suggestion in search_stage.suggestions(history)
    ]
    replayed = samplers.replayed(
        history.spec.search_space, observations, optuna.samplers.RandomSampler(seed=0)
    )
    with tempfile.TemporaryDirectory(
        prefix="sweep-export-"
    ) as aside:  # Optuna follows links
        path = Path(aside, JOURNAL)
        storage = JournalStorage(JournalFileBackend(str(path)))
        exported = optuna.create_study(
            storage=storage,
            study_name=history.spec.name,
            directions=replayed.directions,
        )
        exported.set_user_attr(
            "exported", datetime.datetime.now(datetime.UTC).isoformat()
        )
        for trial in replayed.trials:
            exported.add_trial(trial)
        return path.read_bytes()
