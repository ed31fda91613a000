"""One session of a study: from opening its log to the record of how it ended."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
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
from sweep.model.events import Event, Notice, SessionEnded, SessionStarted, SpecExtended
from sweep.model.parameters import Constant
from sweep.provenance import code_copy, environment
from sweep.provenance.git_state import git_state
from sweep.provenance.source_files import digests, source_files
from sweep.search import joint_search, warm_start
from sweep.session import changes, found_changes, signals, storage_place, study_place, trust
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


def work(
    folder: Path,
    engine: Execute,
    listen: Listener,
    extend: bool,
    accept: bool,
    notes: Sequence[str] = (),
    *,
    address: str | None = None,
    storage: str | None = None,
    given: Path | None = None,
    trusted: bool | None = None,
    retry: Sequence[int] | None = None,
) -> None:
    """One session: take the log, bring it up to date with the study file, run what is left.

    Args:
        folder: the study's.
        engine: runs the schedule.
        listen: called after every event with the history that contains it.
        extend: take in more trials, seeds or arms from the edited study file.
        accept: go on although code, data or libraries changed since the last session.
        notes: of the study file, for the log.
        address: of a Ray cluster, `auto` or `host:port`; None: a Ray of our own on this machine.
        storage: URI of a place that all nodes reach, for trials' files; None: as in the session
            before.
        given: the study file, where the user named it; None: where `study_place` finds it.
        trusted: None: the code is not asked about. False: it must be trusted already; see
            `sweep.session.trust`. True: it is trusted from now on.
        retry: failed trials to train again; `()`: all; None: none.

    Raises:
        StudyLocked, StudyChanged, CannotWrite, Interrupted: see `sweep.study.resume`.
    """
    log, history = _opened(folder)
    with log:
        if history.imports:
            raise UsageError(
                f"{folder}: its runs were trained elsewhere; there is nothing to go on with"
            )
        study_file = given or study_place.study_file(history, folder, accept=accept)
        history.spec = study_place.moved(history.spec, study_file)
        code = trust.code_of(history.spec)
        own = trust.is_known(folder) and accept  # the change is meant
        if given is not None or trusted or own:
            trust.remember(folder, code)
        elif trusted is False:
            if trust.is_known(folder):  # what changed says more than that something did
                _refuse_changes(history, extend)
            trust.require(folder, code)
        edits = changes.study_file(history, study_file, extend)
        trainer = history.spec.reference()
        if trainer.kind in (
            "module",
            "file",
            "function",
        ):  # bundled ones are known to import; torch here costs time
            load_trainer(trainer, keep=False)
        storage = storage_place.chosen(storage, history, folder)
        place = study_place.recorded_place(study_file, folder)
        started = _session_started(history, trainer, storage, place)
        started = replace(started, storage_from_folder=storage_place.from_folder(storage, folder))
        again = retried(history, retry)
        more_work = bool(edits or again)
        edits += changes.surroundings(history, started, trainer, more_work=more_work, accept=accept)
        started = _with_dependencies(history, started, edits)
        edits += found_changes.named(history, _edited(history, edits).depends_on)
        stages = [joint_search.propose, ablation_stage.propose, variance_stage.propose]
        storage_sync = None
        if storage is not None:
            storage_sync = StorageSync(Storage(study_storage(storage, history.spec.slug)), folder)
            storage_sync.start(history)
            listen = _both(listen, storage_sync)
        feeds = trackers.feeds(_edited(history, edits).trackers, history, folder)
        for feed in feeds:
            listen = _both(listen, feed)
        schedule = Schedule(log, history, stages, folder, listen, reuse=Finished(history, folder))
        noted = [Notice(text) for text in notes]
        # Those of `run` are there already, unless it was killed in the middle of its first write.
        earlier = warm_start.events(history.spec, folder, history)
        schedule.record(started, *edits, *again, *noted, *earlier, *_disk_space(folder), *_cut(log))
        with signals.caught_by(schedule) as caught:
            for feed in feeds:
                feed.start(history)
            after = partial(_afterwards, started, trainer, storage_sync, feeds)
            job = _job(history.spec, trainer, storage and study_storage(storage, history.spec.slug))
            _keep_code(history.spec, trainer, folder)
            _run_and_close(
                schedule, partial(_execute, schedule, job, engine, caught, address, feeds), after
            )
        if storage_sync is not None:
            storage_sync.copy_log()
    if caught.number is not None:
        raise Interrupted(caught.number, _interrupted_text(history, folder, caught.number))
    if schedule.stop_reason:
        raise schedule.stop_error(schedule.stop_reason)


def _refuse_changes(history: History, extend: bool) -> None:
    """Compare the code with the last session's before any of it is imported."""
    trainer = history.spec.reference()
    started = _session_started(history, trainer)
    changes.surroundings(history, started, trainer, more_work=extend, accept=False)


def _both(first: Listener, second: Listener) -> Listener:
    def hear(history: History, event: Event) -> None:
        first(history, event)
        second(history, event)

    return hear


def _edited(history: History, edits: Sequence[Event]) -> StudySpec:
    """The study as it will be once `edits` are taken in."""
    for event in edits:
        if isinstance(event, SpecExtended):
            return StudySpec.from_canonical(event.spec)
    return history.spec


def _afterwards(
    started: SessionStarted,
    trainer: TrainerRef,
    storage_sync: StorageSync | None,
    feeds: Sequence[Feed],
) -> list[Event]:
    """What is to be noted of a session that has ended; what its last trials left is brought first."""
    noted = changes.while_running(started, _files(trainer))
    if storage_sync is not None:
        storage_sync.close()
        noted += [Notice(text) for text in storage_sync.problems]
    for feed in feeds:
        feed.close()
    return noted + trackers.problems(feeds)


def _run_and_close(
    schedule: Schedule, execute: Callable[[], None], notices: Callable[[], list[Event]]
) -> None:
    """Execute, and record how the session ended, whatever happens, after what is to be noted of it."""
    ended = "failed"
    try:
        execute()
        ended = schedule.stop_reason or "done"
    except Exception as error:
        ended = f"failed: {type(error).__name__}: {error}".splitlines()[0]
        raise
    finally:
        schedule.abandon()
        schedule.record(*notices(), SessionEnded(ended))


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
    """The event, whose environment says as well which changes of dependencies were accepted."""
    said = {found_changes.KEY: found_changes.label(history, edits)}
    return replace(started, environment={**started.environment, **said})


def _keep_code(spec: StudySpec, trainer: TrainerRef, folder: Path) -> None:
    """A copy of the trainer's sources stays with the study; a bundled one is this program's own."""
    if trainer.kind != "bundled":
        base = Path(spec.base_dir)
        code_copy.keep(source_files(trainer), base, folder, git_state(base))


def _files(trainer: TrainerRef) -> dict[str, str]:
    return digests(source_files(trainer))


def _disk_space(folder: Path) -> list[Event]:
    """A notice where the disk is nearly full.

    No caveat of the table: it says nothing about the numbers.
    """
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


def _data(wanted: StudySpec, trainer: TrainerRef) -> str:
    """The data set all trials share: the study's constant `data`, else the trainer's default; "" if neither says."""
    data = wanted.parameters.get("data")
    if data is not None:
        return str(data.domain.value) if isinstance(data.domain, Constant) else ""
    field = trainer.settings.model_fields.get("data") if trainer.settings is not None else None
    return str(field.default) if field is not None else ""


def _opened(folder: Path) -> tuple[EventLog, History]:
    try:
        return resumed(folder)
    except StudyNotFound as error:
        raise StudyNotFound(
            f"{folder / FILE_NAME} is empty: the process that started the study was killed before its first record. "
            f"There is nothing to go on with: `sweep run` the study file again."
        ) from error


def _job(wanted: StudySpec, trainer: TrainerRef, storage: str | None) -> Job:
    outside = outside_environment(trainer)
    return Job(
        path=() if outside is None else (outside,),
        study=wanted.name,
        trainer=wanted.trainer,
        base=wanted.base_dir,
        command=None if wanted.command is None else wanted.command.model_dump(mode="json"),
        metric=wanted.metric.name,
        isolation=wanted.resources.isolation,
        grace_seconds=wanted.resources.grace_seconds,
        goal=wanted.metric.goal,
        checkpoint_every=wanted.checkpoint.every,
        checkpoint_keep=wanted.checkpoint.keep,
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
    in_time = signals.grace(caught, limits.grace_seconds)

    def tick() -> None:
        schedule.record(*trackers.problems(feeds))
        in_time()

    with suppress(signals.GraceOver):
        engine(schedule, job, limits, tick, address)


def _interrupted_text(history: History, folder: Path, number: int) -> str:
    ended = sum(t.state.finished for t in history.trials.values())
    return (
        f"interrupted by {signal.Signals(number).name}: {ended} trials have ended and are safe, "
        f"{len(history.unfinished())} will go on from their checkpoints.\nContinue with: sweep resume {folder}"
    )
