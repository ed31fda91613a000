"""One attempt at one trial, run in the calling process: files, training, last message."""

from __future__ import annotations

import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from sweep import durable
from sweep.errors import CannotWrite
from sweep.model.epoch_numbers import budget_of
from sweep.model.trial import Assignment, EpochReport
from sweep.provenance.dependencies import Dependencies
from sweep.storage import Storage
from sweep.worker import random_state
from sweep.worker.checkpoint import FOLDER
from sweep.worker.claim import PATIENCE, Claim, claim
from sweep.worker.copied_checkpoint import take_over
from sweep.worker.environment_values import filled, hide
from sweep.worker.failure import caused_by_the_trial, describe
from sweep.worker.job import Job, Kind, LoadTrainer, Message
from sweep.worker.local_run import LocalRun
from sweep.worker.mirror import Mirror
from sweep.worker.stretches import Stretches
from sweep.worker.trial_files import OUTPUT_FILE, trial_in_storage, write_trial_files

# Seconds; after a shorter epoch a trainer waits for an answer only if a rule may stop it.
SHORT_EPOCH = 0.5


class Training:
    """One attempt at one trial.

    Args:
        folder: where this machine writes the trial's files. With the job's `storage`, files are
            fetched from there before the trainer starts, and stored there before each report.
        load: imports the trainer, or makes it from a command.
        tell: sends the message of an epoch; returns True if the trainer must stop. For a report
            with `waits` it returns only when the study has answered.
        captured: (file, attempt) → context in which the output is redirected to the file.
        preloaded: whether the trainer's `preload` was already called for this configuration.
        depends: returns the dependencies that are new since the last call; None: no new ones.
    """

    def __init__(
        self,
        job: Job,
        assignment: Assignment,
        folder: Path,
        *,
        load: LoadTrainer,
        tell: Callable[[Message], bool],
        captured: Callable[[Path, int], AbstractContextManager[None]],
        preloaded: bool = False,
        depends: Callable[[], Dependencies | None] = lambda: None,
    ):
        self._job, self._assignment, self._folder = job, assignment, folder
        self._load, self._tell, self._captured = load, tell, captured
        self._claim: Claim | None = None  # of the folder
        self._preloaded, self._depends = preloaded, depends
        self._has_reported = False
        self._started = time.monotonic()
        self._seconds_in_epochs = 0.0
        self._notices: list[str] = []
        self._mirror: Mirror | None = None
        self._stretches: Stretches | None = None
        last = assignment.last_epoch
        self._reported_epoch = -1 if last is None else last  # of the last report
        # 0 if the first report of a new trial had epoch 0; None: not known.
        self._first_epoch: int | None = None

    def run(self) -> Message:
        """Train, and return the last message, which says how the trainer ended."""
        try:
            self._claim = claim(self._folder, _patience(self._job))
            if self._claim is None:
                return Message(
                    "lost", failure=f"another process still trains in {self._folder}"
                )
            self._fetch()
            self._take_over_checkpoint()
            write_trial_files(self._job, self._assignment, self._folder)
            with self._captured(self._folder / OUTPUT_FILE, self._assignment.attempt):
                try:
                    self._train()
                except BaseException:
                    _print_error(self._without_secrets)
                    raise
        except SystemExit as error:
            return self._end("failed", f"the trainer called sys.exit({error.code!r})")
        except CannotWrite as error:
            trial_fault = caused_by_the_trial(error, self._folder)
            if trial_fault is not None:
                return self._end("failed", trial_fault)
            return self._end("unwritable", str(error))
        except BaseException as error:  # noqa: BLE001  (any exception of a trainer fails the trial)
            # The trainer itself may meet a full disk when it prints or writes files.
            if durable.is_full(error):
                path = _path_of(error, self._folder)
                return self._end("unwritable", str(durable.cannot_write(path, error)))
            return self._end("failed", describe(error))
        return self._end("end")

    def leave_folder(self) -> None:
        """Release the folder for the next attempt, if this process continues to run."""
        if self._claim is not None:
            self._claim.release()

    def _fetch(self) -> None:
        """Fetch files of this trial that other machines have stored."""
        job, assignment = self._job, self._assignment
        if job.storage is None:
            return
        mirror = Mirror(
            Storage(job.storage), trial_in_storage(assignment), self._folder
        )
        self._notices.extend(mirror.fetch(assignment.stored))
        if assignment.checkpoints and not any((self._folder / FOLDER).glob("*.pt")):
            lost = (
                "the storage has none of the trial's checkpoints: the trial starts "
                "again from epoch 0"
            )
            self._notices.append(f"{lost} ({job.storage})")
        # Set only now, because an incompletely fetched folder must not be sent.
        self._mirror = mirror

    def _take_over_checkpoint(self) -> None:
        """Copy another trial's checkpoint, if the assignment starts from one."""
        copied = self._assignment.copied
        if copied is not None:
            uri = self._job.storage
            storage = None if uri is None else Storage(uri)
            take_over(copied, self._folder, storage, self._notices.append)

    def _train(self) -> None:
        job, assignment = self._job, self._assignment
        train = self._load(job.trainer, job.base, job.command)
        # After the import of the trainer, which usually imports torch.
        limit_threads(max(int(assignment.cpu), 1))
        # A program's macros are filled in by `sweep.command.training`.
        is_program = job.command is not None
        config = dict(assignment.config) if is_program else filled(assignment.config)
        stretches = Stretches(
            config,
            assignment.last_epoch,
            assignment.checkpoints,
            assignment.first_epoch,
        )
        if not self._preloaded:
            preload(train, stretches.config)
        self._stretches = stretches
        while True:
            run = self._local_run(stretches)
            try:
                train(stretches.config, run)
            except SystemExit as error:
                # A script may end with sys.exit() as well as by returning.
                if error.code not in (None, 0):
                    raise
            run.finish()
            if not stretches.go_on():
                return

    def _local_run(self, stretches: Stretches) -> LocalRun:
        """The `run` argument of the trainer, for one stretch of constant parameter values."""
        job, assignment = self._job, self._assignment
        last_epoch = stretches.last_epoch
        explored = {name: stretches.config[name] for name in assignment.explored}
        # A copy that replaced a failed trial may lack epochs between its reports.
        is_copy = assignment.recorded is not None
        return LocalRun(
            self._folder,
            seed=assignment.seed,
            seeds=assignment.seeds,
            fold=assignment.fold,
            folds=assignment.folds,
            metric=job.metric,
            goal=job.goal,
            last_epoch=-1 if last_epoch is None else last_epoch,
            expected=stretches.checkpoints,
            on_report=self._hand_over,
            waits=self._waits,
            checkpoint_every=job.checkpoint_every,
            checkpoint_keep=job.checkpoint_keep,
            epochs=budget_of(assignment.config),
            explored=explored,
            first_epoch=assignment.first_epoch if is_copy else None,
            kept_after=assignment.kept,
            notify=self._notices.append,
        )

    def _waits(self, epoch: int, seconds: float) -> bool:
        """Whether the trainer waits for the study's answer to a report; a program always does."""
        previous = self._reported_epoch
        if previous == -1:
            # A first report of epoch 1 does not show whether counting starts at 0 or 1.
            self._first_epoch = 0 if epoch == 0 else None
        judged = self._assignment.judged_at(epoch, previous, self._first_epoch)
        self._reported_epoch = epoch
        return judged or seconds >= SHORT_EPOCH or self._job.command is not None

    def _hand_over(self, report: EpochReport) -> bool:
        """Store files, send a report, and return whether the trainer must stop."""
        self._seconds_in_epochs += report.seconds
        due = (report.epoch + 1) % self._job.checkpoint_every == 0
        stored = None
        if self._mirror is not None and (report.checkpoint is not None or due):
            stored = self._mirror.send()
        # Also with the first report: the attempt may die before its last message.
        depends = None if self._has_reported else self._depends()
        self._has_reported = True
        message = Message(
            "epoch",
            report,
            notices=self._take_notices(),
            depends=depends,
            stored=stored,
        )
        told_to_stop = self._tell(message)
        if self._stretches is None:
            return told_to_stop
        return self._stretches.ends_at(report, told_to_stop)

    def _end(self, kind: Kind, failure: str = "") -> Message:
        """The last message, after the files have been stored."""
        stored = None
        if self._mirror is not None:
            try:
                stored = self._mirror.send()  # output, predictions, the last checkpoint
                is_copy = self._folder != Path(self._assignment.folder)
                if is_copy:  # everything in it is in the storage
                    shutil.rmtree(self._folder, ignore_errors=True)
            except CannotWrite as error:
                kind, failure = "unwritable", str(error)
        depends = self._depends()
        seconds = time.monotonic() - self._started
        overhead = max(seconds - self._seconds_in_epochs, 0.0)
        notices = self._take_notices()
        failure = self._without_secrets(failure)
        return Message(
            kind,
            failure=failure,
            overhead=overhead,
            notices=notices,
            depends=depends,
            stored=stored,
        )

    def _take_notices(self) -> tuple[str, ...]:
        notices = tuple(map(self._without_secrets, self._notices))
        self._notices.clear()
        return notices

    def _without_secrets(self, text: str) -> str:
        """The text without the values of environment variables that the study names."""
        return hide(text, [self._assignment.config, self._job.command])


def _patience(job: Job) -> float:
    """Seconds to wait for the previous attempt, including its time to save."""
    seconds = PATIENCE + job.grace_seconds
    if job.command is not None:
        seconds += float(job.command.get("grace_seconds", 0.0))
    return seconds


def preload(train: Callable[..., None], config: Mapping[str, Any]) -> None:
    """Let a trainer read its data, if it has a function for that: `train.preload(config)`.

    The global random generators are restored afterwards, so that the trial draws the same numbers
    whether its data were read before or not.
    """
    read_data = getattr(train, "preload", None)
    if read_data is None:
        return
    states = random_state.kept_through()
    read_data(dict(config))
    random_state.put_back(states)


def limit_threads(threads: int) -> None:
    """Use one torch thread per CPU of the trial; more would slow other trials down."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)


def _print_error(without_secrets: Callable[[str], str]) -> None:
    """Print the traceback to descriptor 2, because the trainer may have replaced `sys.stderr`.

    On a full disk the traceback is lost; the last message still names the failure.
    """
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    with suppress(OSError):
        text = without_secrets(traceback.format_exc())
        os.write(2, text.encode("utf-8", "backslashreplace"))


def _path_of(error: OSError, folder: Path) -> Path:
    """The file of an error, or else the trial's folder."""
    if isinstance(error.filename, str | bytes):
        return Path(os.fsdecode(error.filename))
    return folder
