"""One session of a study: opens its log, runs its trials, records how it ended."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from sweep import durable, secrets, trackers
from sweep.ablation import ablation_stage, variance_stage
from sweep.ablation.reuse import Finished
from sweep.errors import Interrupted, StudyNotFound, UsageError
from sweep.history.history import History
from sweep.history.opening import resumed
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.model.domains import Constant
from sweep.model.events import Event, Notice, SessionEnded, SessionStarted, SpecExtended
from sweep.provenance import code_copy, environment
from sweep.provenance.git_state import git_state
from sweep.provenance.source_files import digests, source_files
from sweep.search import joint_search, warm_start
from sweep.session import (
    changes,
    found_changes,
    note_box,
    signals,
    storage_place,
    study_place,
    trust,
)
from sweep.session.recorder import Listener
from sweep.session.retries import retried
from sweep.session.schedule import Schedule
from sweep.session.signals import Caught
from sweep.session.storage_sync import StorageSync, study_storage
from sweep.spec import Resources, StudySpec
from sweep.storage import Storage
from sweep.trackers import Feed
from sweep.trainer import TrainerRef, outside_environment
from sweep.trainer import load as load_trainer
from sweep.worker.job import Job


class Execute(Protocol):
    """An engine: it runs a schedule until nothing is left to do. Listed in `sweep.engines`."""

    def __call__(
        self,
        schedule: Schedule,
        job: Job,
        resources: Resources,
        tick: Callable[[], None],
        address: str | None,
    ) -> None:
        """Run the schedule's trials, each with `job`, and tell the schedule what they report.

        Args:
            resources: what a trial is given, as the study file says.
            tick: called a few times a second; an exception it raises ends the execution at once.
            address: of a cluster to join, where the engine can.
        """


@dataclass(frozen=True)
class SessionOptions:
    """How one session runs.

    Attributes:
        extend: accept more trials, seeds or arms from the edited study file.
        accept: continue although code, data or libraries changed since the last session.
        notes: on the study file, for the log.
        address: of a Ray cluster, `auto` or `host:port`; None: sweep starts a local Ray cluster.
        storage: URI that all nodes reach, for trials' files; None: as in the session before.
        study_file: where the user named it; None: `study_place` finds it.
        trusted: None: trust is not checked. False: the code must be trusted already; see
            `sweep.session.trust`. True: it is trusted from now on.
        retry: failed trials to train again; `()`: all; None: none.
    """

    extend: bool = False
    accept: bool = False
    notes: Sequence[str] = ()
    address: str | None = None
    storage: str | None = None
    study_file: Path | None = None
    trusted: bool | None = None
    retry: Sequence[int] | None = None


_DEFAULTS = SessionOptions()


@dataclass(frozen=True)
class _Start:
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


def work(
    folder: Path, engine: Execute, listen: Listener, options: SessionOptions = _DEFAULTS
) -> None:
    """Run one session: lock the log, accept edits of the study file, train what is left.

    Args:
        folder: the study's folder.
        engine: runs the schedule.
        listen: called after every event with the history that contains it.
        options: how the session runs.

    Raises:
        StudyLocked, StudyChanged, CannotWrite, Interrupted: see `sweep.study.resume`.
    """
    log, history = _opened(folder)
    with log:
        start = _prepared(log, history, folder, options)
        storage_sync = None
        if start.storage is not None:
            storage_sync = StorageSync(Storage(start.storage), folder)
            storage_sync.start(history)
        feeds = trackers.feeds(start.spec.trackers, history, folder)
        sync_listeners = [] if storage_sync is None else [storage_sync]
        notify = _to_all([listen, *sync_listeners, *feeds])
        stages = [joint_search.propose, ablation_stage.propose, variance_stage.propose]
        schedule = Schedule(
            log, history, stages, folder, notify, reuse=Finished(history, folder)
        )
        schedule.record(*start.events)
        with signals.caught_by(schedule) as caught:
            for feed in feeds:
                feed.start(history)
            job = _job(history.spec, start.trainer, start.storage)
            _keep_code(history.spec, start.trainer, folder)
            execute = partial(
                _execute, schedule, job, engine, caught, options.address, feeds
            )
            closing_events = partial(_closing_events, start, storage_sync, feeds)
            _run_and_close(schedule, execute, closing_events)
        if storage_sync is not None:
            storage_sync.copy_log()
    if caught.number is not None:
        raise Interrupted(
            caught.number, _interrupted_text(history, folder, caught.number)
        )
    if schedule.stop_reason:
        raise schedule.stop_error(schedule.stop_reason)


def _prepared(
    log: EventLog, history: History, folder: Path, options: SessionOptions
) -> _Start:
    """Check everything that can refuse the session, and collect its first events."""
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
    paths = study_place.recorded_place(study_file, folder)
    started = _session_started(history, trainer, storage, paths)
    started = replace(
        started, storage_from_folder=storage_place.from_folder(storage, folder)
    )
    retries = retried(history, options.retry)
    more_work = bool(edits or retries)
    edits += changes.surroundings(
        history, started, trainer, more_work=more_work, accept=options.accept
    )
    started = _with_dependencies(history, started, edits)
    edits += found_changes.named(history, _edited(history, edits).depends_on)
    notices = [Notice(text) for text in options.notes]
    # `run` has recorded these already, unless it was killed during its first write.
    warm_starts = warm_start.events(history.spec, folder, history)
    disk_and_log = [*_disk_space(folder), *_cut(log)]
    return _Start(
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
    known = trust.is_known(folder)
    change_accepted = known and options.accept
    if options.study_file is not None or options.trusted or change_accepted:
        trust.remember(folder, code)
    elif options.trusted is False:
        if known:
            _refuse_changes(history, options.extend)
        trust.require(folder, code)


def _refuse_changes(history: History, extend: bool) -> None:
    """Compare the code with the last session's before any of it is imported."""
    trainer = history.spec.reference()
    started = _session_started(history, trainer)
    changes.surroundings(history, started, trainer, more_work=extend, accept=False)


def _to_all(listeners: Sequence[Listener]) -> Listener:
    def notify(history: History, event: Event) -> None:
        for listener in listeners:
            listener(history, event)

    return notify


def _edited(history: History, edits: Sequence[Event]) -> StudySpec:
    """The study with `edits` applied."""
    for event in edits:
        if isinstance(event, SpecExtended):
            return StudySpec.from_canonical(event.spec)
    return history.spec


def _closing_events(
    start: _Start, storage_sync: StorageSync | None, feeds: Sequence[Feed]
) -> list[Event]:
    """Fetch what the last trials left and close the trackers; return notices on what went wrong."""
    notices = changes.while_running(start.started, _files(start.trainer))
    if storage_sync is not None:
        storage_sync.close()
        notices += [Notice(text) for text in storage_sync.problems]
    for feed in feeds:
        feed.close()
    return notices + trackers.problems(feeds)


def _run_and_close(
    schedule: Schedule,
    execute: Callable[[], None],
    closing_events: Callable[[], list[Event]],
) -> None:
    """Execute; then record the closing events and how the session ended, whatever happens."""
    ended = "failed"
    try:
        execute()
        ended = schedule.stop_reason or "done"
    except Exception as error:
        ended = f"failed: {type(error).__name__}: {error}".splitlines()[0]
        raise
    finally:
        schedule.abandon()
        note_box.take_in(schedule)
        schedule.record(*closing_events(), SessionEnded(ended))


def _session_started(
    history: History,
    trainer: TrainerRef,
    storage: str | None = None,
    place: tuple[str, str] = ("", ""),
) -> SessionStarted:
    return SessionStarted(
        pid=os.getpid(),
        host=socket.gethostname(),
        command=secrets.masked(sys.argv),
        environment=environment.describe(trainer, _data(history.spec, trainer)),
        files=_files(trainer),
        storage=storage,
        study_file=place[0],
        from_folder=place[1],
    )


def _with_dependencies(
    history: History, started: SessionStarted, edits: Sequence[Event]
) -> SessionStarted:
    """The event; its environment also names the accepted changes of dependencies."""
    accepted = {found_changes.KEY: found_changes.label(history, edits)}
    return replace(started, environment={**started.environment, **accepted})


def _keep_code(spec: StudySpec, trainer: TrainerRef, folder: Path) -> None:
    """Copy the trainer's sources to the study's folder, unless the trainer is bundled
    with sweep.
    """
    if trainer.kind != "bundled":
        base = Path(spec.base_dir)
        code_copy.keep(source_files(trainer), base, folder, git_state(base))


def _files(trainer: TrainerRef) -> dict[str, str]:
    return digests(source_files(trainer))


def _disk_space(folder: Path) -> list[Event]:
    """A notice if the disk is nearly full; no caveat of the table, since numbers are unaffected."""
    free = durable.free(folder)
    if free is None or free >= durable.LITTLE:
        return []
    text = (
        f"only {durable.size(free)} free in {folder}: "
        f"the study pauses, and can be resumed, once it cannot write"
    )
    return [Notice(text, caveat=False)]


def _cut(log: EventLog) -> list[Event]:
    if not log.cut:
        return []
    text = (
        f"the log ended in an incomplete record of {log.cut} bytes, which was cut; "
        f"nothing had acted on it"
    )
    return [Notice(text)]


def _data(spec: StudySpec, trainer: TrainerRef) -> str:
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


def _opened(folder: Path) -> tuple[EventLog, History]:
    try:
        return resumed(folder)
    except StudyNotFound as error:
        raise StudyNotFound(
            f"{folder / FILE_NAME} is empty: the process that started the study was killed before "
            f"its first record. There is nothing to resume: `sweep run` the study file again."
        ) from error


def _job(spec: StudySpec, trainer: TrainerRef, storage: str | None) -> Job:
    import_folder = outside_environment(trainer)
    return Job(
        path=() if import_folder is None else (import_folder,),
        study=spec.name,
        trainer=spec.trainer,
        base=spec.base_dir,
        command=None if spec.command is None else spec.command.model_dump(mode="json"),
        metric=spec.metric.name,
        isolation=spec.resources.isolation,
        grace_seconds=spec.resources.grace_seconds,
        goal=spec.metric.goal,
        checkpoint_every=spec.checkpoint.every,
        checkpoint_keep=spec.checkpoint.keep,
        storage=storage,
    )


def _execute(
    schedule: Schedule,
    job: Job,
    engine: Execute,
    caught: Caught,
    address: str | None,
    feeds: Sequence[Feed],
) -> None:
    limits = schedule.history.spec.resources
    take_in_notes = note_box.taking_in(schedule)
    check_grace = signals.grace(caught, limits.grace_seconds)

    def tick() -> None:
        schedule.record(*trackers.problems(feeds))
        take_in_notes()
        check_grace()

    with suppress(signals.GraceOver):
        engine(schedule, job, limits, tick, address)


def _interrupted_text(history: History, folder: Path, number: int) -> str:
    ended = sum(trial.state.finished for trial in history.trials.values())
    unfinished = len(history.unfinished())
    return (
        f"interrupted by {signal.Signals(number).name}: {ended} trials have ended and are safe, "
        f"{unfinished} will continue from their checkpoints.\n"
        f"Continue with: sweep resume {folder}"
    )
