"""What happens inside a worker: one attempt at one trial, without Ray.

The trainer runs in a thread of its own and calls `run.report`; the thread then waits until the
study has made the report durable and decided. `Attempt.next` hands out one message at a time, so
whoever drives it (a Ray actor, a test, a debugger) decides the pace.
"""

from __future__ import annotations

import os
import queue
import shlex
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from sweep import durable
from sweep.errors import CannotWrite, TrialError
from sweep.model.trial import Assignment, EpochReport, Goal
from sweep.storage import Storage
from sweep.worker.checkpoint import FOLDER
from sweep.worker.local_run import LocalRun
from sweep.worker.mirror import Mirror

# seconds; behind a shorter one a trainer waits for an answer only where it may be stopped
SHORT_EPOCH = 0.5
CONFIG_FILE, COMMAND_FILE = "config.json", "command.txt"
OUTPUT_FILE = "output.txt"  # what the trainer prints, and the worker around it

# The name in `trainer:`, the folder it starts from, the `command:` section → the function.
LoadTrainer = Callable[[str, str, Mapping[str, Any] | None], Callable[..., None]]
_OUT_OF_GPU_MEMORY = (
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
)


@dataclass(frozen=True)
class Job:
    """What all trials of a study share: the trainer, where it was named, and what it is measured
    by.

    Attributes:
        base: folder that a trainer's relative path starts from.
        command: `sweep.spec.Command` as JSON values, where a program is the trainer.
        storage: URI of the study's folder in a storage, where workers keep trials' files; None: a
            disk they all see.
    """

    study: str
    trainer: str
    base: str
    metric: str
    goal: Goal
    checkpoint_every: int = 1
    checkpoint_keep: int | Literal["all"] = 2
    command: Mapping[str, Any] | None = None
    storage: str | None = None


@dataclass(frozen=True)
class Message:
    """What a worker says.

    Attributes:
        kind: `epoch` (the trainer waits for an answer if the report says so), `end` (it returned),
            `failed`, or `unwritable`: the disk is full or failing, which is no failure of the
            trial.
        failure: for `failed` and `unwritable`: class of failure and what to tell the user.
        overhead: for all but `epoch`: seconds of the attempt outside its epochs.
        notices: sentences for the log (a damaged checkpoint was skipped).
    """

    kind: Literal["epoch", "end", "failed", "unwritable"]
    report: EpochReport | None = None
    failure: str = ""
    overhead: float = 0.0
    notices: tuple[str, ...] = ()


@dataclass
class _Channel:
    messages: queue.SimpleQueue[Message] = field(default_factory=queue.SimpleQueue)
    verdicts: queue.SimpleQueue[bool] = field(default_factory=queue.SimpleQueue)


class Attempt:
    """One attempt at one trial, running in a thread.

    Args:
        load: imports the trainer, or makes it from a command (`sweep.command.load`).
        capture: send everything this process prints to the trial's `output.txt` while the trainer
            runs.
        folder: where this machine writes the trial's files, None: the trial's folder. With the
            job's `storage`, files are fetched from there before the trainer starts, and are stored
            there before a report is handed over.
    """

    def __init__(
        self,
        load: LoadTrainer,
        job: Job,
        assignment: Assignment,
        *,
        capture: bool = True,
        folder: Path | None = None,
    ):
        self._load = load
        self._job, self._assignment = job, assignment
        self._folder = Path(assignment.folder) if folder is None else folder
        self._capture = capture
        self._channel = _Channel()
        self._waiting = False
        self._before = (
            -1 if assignment.last_epoch is None else assignment.last_epoch
        )  # epoch of the last report
        self._ended = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._train, name=f"trial-{assignment.trial}", daemon=True
        )
        self._thread.start()

    def next(self) -> Message:
        """Let the trainer go on (if it waits) and return what it says next."""
        if self._waiting:
            self._channel.verdicts.put(False)
        return self._receive()

    def several(self, seconds: float) -> list[Message]:
        """`next`, and what the trainer says within so many seconds from now until it waits or ends."""
        until = time.monotonic() + seconds
        said = [self.next()]
        while not (self._waiting or self._ended):
            try:
                said.append(self._receive(timeout=max(until - time.monotonic(), 0.0)))
            except queue.Empty:
                break
        return said

    def stop(self) -> None:
        """Tell the trainer to stop at its next report, and wait for it to return."""
        self._stopping.set()
        while not self._ended:
            if self._waiting:
                self._channel.verdicts.put(True)
            self._receive()
        self._thread.join()

    def _receive(self, timeout: float | None = None) -> Message:
        message = self._channel.messages.get(timeout=timeout)
        self._waiting = message.report is not None and message.report.waits
        self._ended = message.kind != "epoch"
        return message

    def _waits(self, epoch: int, seconds: float) -> bool:
        """Whether the trainer waits for the study's answer to a report; a program can never do otherwise."""
        judged = self._assignment.judged_at(epoch, self._before)
        self._before = epoch
        return judged or seconds >= SHORT_EPOCH or self._job.command is not None

    def _train(self) -> None:
        """The thread: every way a trainer can end becomes one message."""
        started, in_epochs = time.monotonic(), 0.0
        notices: list[str] = []

        def hand_over(report: EpochReport) -> bool:
            nonlocal in_epochs
            in_epochs += report.seconds
            if mirror is not None and (
                report.checkpoint is not None or (report.epoch + 1) % job.checkpoint_every == 0
            ):
                mirror.send()
            self._channel.messages.put(Message("epoch", report, notices=tuple(notices)))
            notices.clear()
            return self._channel.verdicts.get() if report.waits else self._stopping.is_set()

        def end(kind: Literal["end", "failed", "unwritable"], failure: str = "") -> None:
            if mirror is not None:
                try:
                    mirror.send()  # output, predictions, the last checkpoint
                    if folder != Path(assignment.folder):  # all of it is in the storage
                        shutil.rmtree(folder, ignore_errors=True)
                except CannotWrite as error:
                    kind, failure = "unwritable", str(error)
            overhead = max(time.monotonic() - started - in_epochs, 0.0)
            self._channel.messages.put(
                Message(kind, failure=failure, overhead=overhead, notices=tuple(notices))
            )

        job, assignment, folder = self._job, self._assignment, self._folder
        mirror: Mirror | None = None
        try:
            if job.storage is not None:
                stored = Mirror(Storage(job.storage), trial_in_storage(assignment), folder)
                notices.extend(stored.fetch())
                if assignment.checkpoints and not any((folder / FOLDER).glob("*.pt")):
                    notices.append(
                        f"the storage has none of the trial's checkpoints: it starts anew ({job.storage})"
                    )
                mirror = stored  # only now: what was not fetched whole must never be sent
            write_trial_files(job, assignment, folder)
            with (
                _captured(folder / OUTPUT_FILE, assignment.attempt)
                if self._capture
                else nullcontext()
            ):
                try:
                    train = self._load(job.trainer, job.base, job.command)
                    limit_threads(
                        max(int(assignment.cpu), 1)
                    )  # after the import, as a rule the first one of torch
                    run = LocalRun(
                        folder,
                        seed=assignment.seed,
                        fold=assignment.fold,
                        folds=assignment.folds,
                        metric=job.metric,
                        goal=job.goal,
                        last_epoch=-1 if assignment.last_epoch is None else assignment.last_epoch,
                        expected=assignment.checkpoints,
                        on_report=hand_over,
                        waits=self._waits,
                        checkpoint_every=job.checkpoint_every,
                        checkpoint_keep=job.checkpoint_keep,
                        notify=notices.append,
                    )
                    train(dict(assignment.config), run)
                    run.finish()
                except BaseException:
                    with suppress(
                        OSError
                    ):  # a full disk takes no traceback; what failed is said all the same
                        traceback.print_exc()
                    raise
        except SystemExit as error:
            end("failed", f"the trainer called sys.exit({error.code!r})")
        except CannotWrite as error:
            end("unwritable", str(error))
        except BaseException as error:  # noqa: BLE001  (whatever a trainer raises is this trial's failure, not ours)
            if durable.is_full(error):  # also while the trainer prints, or writes files of its own
                end("unwritable", str(durable.cannot_write(_place(error, folder), error)))
            else:
                end("failed", describe(error))
        else:
            end("end")


def describe(error: BaseException) -> str:
    """One line for a table: what failed, and where in the trainer's code."""
    try:
        text = next(line.strip() for line in str(error).splitlines() if line.strip())[:500]
    except Exception:  # noqa: BLE001  (no words, or a `__str__` that fails itself: a message must come all the same)
        text = "no message"
    if isinstance(error, TrialError):
        return f"{type(error).__name__}: {text}"
    if (what := _out_of_memory(error, text)) is not None:
        return f"{what}: {text}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{place}"


def _out_of_memory(error: BaseException, text: str) -> str | None:
    """`CUDA out of memory` or `out of memory`, None for any other error.

    torch raises `torch.OutOfMemoryError` for a GPU (in older versions, and from cuBLAS, a plain
    RuntimeError), and a RuntimeError of its `DefaultCPUAllocator` for main memory.
    """
    if type(error).__name__ == "OutOfMemoryError":
        return "CUDA out of memory"
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, RuntimeError):
        if any(said in text for said in _OUT_OF_GPU_MEMORY):
            return "CUDA out of memory"
        if "DefaultCPUAllocator" in text:
            return "out of memory"
    return None


def _place(error: OSError, folder: Path) -> Path:
    return Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else folder


def limit_threads(threads: int) -> None:
    """One torch thread per CPU the trial was given: more would slow its neighbours down."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)


def trial_in_storage(assignment: Assignment) -> str:
    """The trial's folder in the study's storage."""
    return f"trials/{Path(assignment.folder).name}"


def write_trial_files(job: Job, assignment: Assignment, folder: Path | None = None) -> None:
    """Leave the configuration and the command that repeats the trial alone in its folder.

    Args:
        folder: where this machine writes the trial's files, None: the trial's folder, where they
            end up.
    """
    folder = Path(assignment.folder) if folder is None else folder
    durable.make_folder(folder)
    described: dict[str, Any] = {
        "study": job.study,
        "trial": assignment.trial,
        "label": assignment.label,
        "trainer": job.trainer,
        "base": job.base,
        "command": job.command,
        "metric": job.metric,
        "goal": job.goal,
        "config": dict(assignment.config),
        "seed": assignment.seed,
        "fold": assignment.fold,
        "folds": assignment.folds,
    }
    written = orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n"
    durable.write_file(folder / CONFIG_FILE, written, sync=False)  # each attempt writes them again
    command = shlex.join(["sweep", "try", str(Path(assignment.folder) / CONFIG_FILE)])
    durable.write_file(folder / COMMAND_FILE, f"{command}\n".encode(), sync=False)


@contextmanager
def _captured(path: Path, attempt: int) -> Iterator[None]:
    """Send what this process prints, C libraries included, to the trial's own file."""
    durable.append(path, f"--- attempt {attempt}\n".encode())
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    output = durable.open_to_append(path)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:  # also on a full disk
            for number, kept in zip((1, 2), saved, strict=True):
                os.dup2(kept, number)
                os.close(kept)
