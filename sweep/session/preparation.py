"""Prepares a session: checks everything that can refuse it, and collects its first events."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sweep import durable, secrets
from sweep.errors import UsageError
from sweep.history.history import History
from sweep.log.event_log import EventLog
from sweep.model.domains import Constant
from sweep.model.events import Event, Notice, SessionStarted, SpecExtended
from sweep.provenance import environment
from sweep.provenance.source_files import digests, source_files
from sweep.search import warm_start
from sweep.session import (
    changes,
    dependency_changes,
    storage_place,
    study_place,
    trust,
)
from sweep.session.options import SessionOptions
from sweep.session.retries import retried
from sweep.session.storage_sync import study_storage
from sweep.spec import StudySpec
from sweep.trainer import TrainerRef
from sweep.trainer import load as load_trainer


@dataclass(frozen=True)
class Start:
    """What a session starts from.

    Attributes:
        started: the session's first event.
        trainer: which the trials run.
        spec: the study with the accepted edits.
        storage: URI of the study's folder in the storage; None: there is no storage.
        events: to be recorded first, in this order; `started` is the first of them.
    """

    started: SessionStarted
    trainer: TrainerRef
    spec: StudySpec
    storage: str | None
    events: Sequence[Event]


def prepared(
    log: EventLog, history: History, folder: Path, options: SessionOptions
) -> Start:
    """Check everything that can refuse the session, and collect its first events.

    Args:
        log: the study's open log.
        history: what the log says so far.
        folder: the study's folder.
        options: how the session runs.

    Raises:
        StudyChanged, NotTrusted, UsageError: the session cannot run as it is.
    """
    if history.imports:
        raise UsageError(
            f"{folder}: its runs were trained elsewhere; sweep cannot continue them"
        )
    study_file = options.study_file
    if study_file is None:
        study_file = study_place.study_file(history, folder, accept=options.accept)
    history.spec = study_place.moved(history.spec, study_file)
    _check_trust(history, folder, options)
    edits = changes.study_file(history, study_file, options.extend)
    trainer = history.spec.reference()
    # Bundled trainers can always be imported, and importing torch here costs time.
    if trainer.kind in ("module", "file", "function"):
        load_trainer(trainer, keep=False)
    storage = storage_place.chosen(options.storage, history, folder)
    recorded_paths = study_place.recorded_place(study_file, folder)
    started = _session_started(history, trainer, storage, recorded_paths)
    started = replace(
        started, storage_from_folder=storage_place.from_folder(storage, folder)
    )
    retries = retried(history, options.retry)
    more_work = bool(edits or retries)
    edits += changes.environment_changes(
        history, started, trainer, more_work=more_work, accept=options.accept
    )
    started = _with_dependencies(history, started, edits)
    edits += dependency_changes.named(history, _edited(history, edits).depends_on)
    notices = [Notice(text) for text in options.notes]
    # `run` has recorded these already, unless it was killed during its first write.
    warm_starts = warm_start.events(history.spec, folder, history)
    disk_and_log = [*_disk_space(folder), *_cut(log)]
    return Start(
        started=started,
        trainer=trainer,
        spec=_edited(history, edits),
        storage=None if storage is None else study_storage(storage, history.spec.slug),
        events=[started, *edits, *retries, *notices, *warm_starts, *disk_and_log],
    )


def _check_trust(history: History, folder: Path, options: SessionOptions) -> None:
    """Trust the study's code, or refuse it before any of it is imported.

    Raises:
        NotTrusted: the user has not chosen to run this code.
        StudyChanged: the user trusted an earlier version of it; names the changed files.
    """
    code = trust.code_of(history.spec)
    started_here = trust.is_known(folder)
    change_accepted = started_here and options.accept
    if options.study_file is not None or options.trusted or change_accepted:
        trust.remember(folder, code)
    elif options.trusted is False:
        if started_here:
            _refuse_changes(history, options.extend)
        trust.require(folder, code)


def _refuse_changes(history: History, extend: bool) -> None:
    """Compare the code with the last session's before any of it is imported."""
    trainer = history.spec.reference()
    started = _session_started(history, trainer)
    changes.environment_changes(
        history, started, trainer, more_work=extend, accept=False
    )


def _edited(history: History, edits: Sequence[Event]) -> StudySpec:
    """The study with `edits` applied."""
    for event in edits:
        if isinstance(event, SpecExtended):
            return StudySpec.from_canonical(event.spec)
    return history.spec


def _session_started(
    history: History,
    trainer: TrainerRef,
    storage: str | None = None,
    recorded_paths: tuple[str, str] = ("", ""),
) -> SessionStarted:
    return SessionStarted(
        pid=os.getpid(),
        host=socket.gethostname(),
        command=secrets.masked(sys.argv),
        environment=environment.describe(trainer, shared_data(history.spec, trainer)),
        files=trainer_files(trainer),
        storage=storage,
        study_file=recorded_paths[0],
        from_folder=recorded_paths[1],
    )


def _with_dependencies(
    history: History, started: SessionStarted, edits: Sequence[Event]
) -> SessionStarted:
    """The event; its environment also names the accepted changes of dependencies."""
    accepted = {dependency_changes.KEY: dependency_changes.label(history, edits)}
    return replace(started, environment={**started.environment, **accepted})


def trainer_files(trainer: TrainerRef) -> dict[str, str]:
    """The hash of each source file of the trainer."""
    return digests(source_files(trainer))


def _disk_space(folder: Path) -> list[Event]:
    """A notice if the disk is nearly full; no caveat of the table, since numbers are unaffected."""
    free = durable.free(folder)
    if free is None or free >= durable.LITTLE:
        return []
    text = (
        f"only {durable.size(free)} free in {folder}: if the disk fills up, the "
        "study pauses and can be resumed"
    )
    return [Notice(text, caveat=False)]


def _cut(log: EventLog) -> list[Event]:
    if not log.cut:
        return []
    text = (
        f"the log ended in an incomplete record of {log.cut} bytes, which was "
        "removed; nothing depended on it"
    )
    return [Notice(text)]


def shared_data(spec: StudySpec, trainer: TrainerRef) -> str:
    """The data set that all trials share: the study's constant `data`, else the trainer's default.

    Returns "" if neither names one.
    """
    data = spec.parameters.get("data")
    if data is not None:
        return str(data.domain.value) if isinstance(data.domain, Constant) else ""
    if trainer.settings is None:
        return ""
    field = trainer.settings.model_fields.get("data")
    return "" if field is None else str(field.default)
