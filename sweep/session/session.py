"""One session of a study: opens its log, runs its trials, records how it ended."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from sweep import trackers
from sweep.ablation import ablation_stage, variance_stage
from sweep.ablation.reuse import Finished
from sweep.errors import Interrupted, StudyNotFound
from sweep.history.history import History
from sweep.history.opening import resumed
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.model.events import Event, Notice, SessionEnded
from sweep.model.trial_events import FilesStored
from sweep.provenance import code_copy
from sweep.provenance.git_state import git_state
from sweep.provenance.source_files import source_files
from sweep.search import joint_search
from sweep.session import (
    changes,
    known_resumption,
    note_box,
    signals,
)
from sweep.session.options import SessionOptions
from sweep.session.preparation import Start, prepared, trainer_files
from sweep.session.recorder import Listener
from sweep.session.schedule import Schedule
from sweep.session.signals import CaughtSignal
from sweep.session.storage_sync import StorageSync
from sweep.session.study_job import study_job
from sweep.spec import Resources, StudySpec
from sweep.storage import Storage
from sweep.trackers import Feed
from sweep.trainer import TrainerRef
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


_DEFAULTS = SessionOptions()


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
        start = prepared(log, history, folder, options)
        storage_sync, uploads = None, list[FilesStored]()
        if start.storage is not None:
            storage_sync = StorageSync(Storage(start.storage), folder)
            uploads = storage_sync.start(history)
        feeds = trackers.feeds(start.spec.trackers, history, folder)
        sync_listeners = [] if storage_sync is None else [storage_sync]
        notify = _to_all([listen, *sync_listeners, *feeds])
        stages = [joint_search.propose, ablation_stage.propose, variance_stage.propose]
        schedule = Schedule(
            log, history, stages, folder, notify, reuse=Finished(history, folder)
        )
        schedule.record(*start.events, *uploads)
        with signals.caught_by(schedule) as caught:
            for feed in feeds:
                feed.start(history)
            job = study_job(history.spec, start.trainer, start.storage)
            _keep_code(history.spec, start.trainer, folder)
            execute = partial(_execute, schedule, job, engine, caught, options, feeds)
            closing_events = partial(_closing_events, start, storage_sync, feeds)
            _run_and_close(schedule, execute, closing_events)
        if storage_sync is not None:
            schedule.record(*_last_copy(storage_sync))
    if caught.number is not None:
        raise Interrupted(
            caught.number, _interrupted_text(history, folder, caught.number)
        )
    if schedule.stop_reason:
        raise schedule.stop_error(schedule.stop_reason)


def _to_all(listeners: Sequence[Listener]) -> Listener:
    def notify(history: History, event: Event) -> None:
        for listener in listeners:
            listener(history, event)

    return notify


def _last_copy(storage_sync: StorageSync) -> list[Event]:
    """Copy the log of an ended session; return a notice if that fails."""
    known = len(storage_sync.problems)
    storage_sync.copy_log()
    return [Notice(text) for text in storage_sync.problems[known:]]


def _closing_events(
    start: Start, storage_sync: StorageSync | None, feeds: Sequence[Feed]
) -> list[Event]:
    """Fetch what the last trials left and close the trackers; return notices on what went wrong."""
    notices = changes.while_running(start.started, trainer_files(start.trainer))
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


def _keep_code(spec: StudySpec, trainer: TrainerRef, folder: Path) -> None:
    """Copy the trainer's sources to the study's folder, unless the trainer is bundled
    with sweep.
    """
    if trainer.kind != "bundled":
        base = Path(spec.base_dir)
        code_copy.keep(source_files(trainer), base, folder, git_state(base))


def _opened(folder: Path) -> tuple[EventLog, History]:
    try:
        return resumed(folder)
    except StudyNotFound as error:
        raise StudyNotFound(
            f"{folder / FILE_NAME} is empty: the process that started the study was killed before "
            f"its first record. There is nothing to resume: `sweep run` the study file again."
        ) from error


def _execute(
    schedule: Schedule,
    job: Job,
    engine: Execute,
    caught: CaughtSignal,
    options: SessionOptions,
    feeds: Sequence[Feed],
) -> None:
    limits = schedule.history.resources
    take_in_notes = note_box.taking_in(schedule)
    check_grace = signals.grace(caught, limits.grace_seconds)

    def tick() -> None:
        schedule.record(*trackers.problems(feeds))
        take_in_notes()
        check_grace()

    with suppress(signals.GracePeriodOver):
        known_resumption.ensure_recorded(schedule, probe=options.probe)
        if not schedule.stop_reason:
            engine(schedule, job, limits, tick, options.address)


def _interrupted_text(history: History, folder: Path, number: int) -> str:
    ended = sum(trial.state.finished for trial in history.trials.values())
    unfinished = len(history.unfinished())
    return (
        f"interrupted by {signal.Signals(number).name}: {ended} trials have ended and are safe, "
        f"{unfinished} will continue from their checkpoints.\n"
        f"Continue with: sweep resume {folder}"
    )
