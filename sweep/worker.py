"""Floor 4: what happens inside a worker: one attempt at one trial, without Ray.

The trainer runs in a thread of its own and calls `run.report`; the thread then waits until the study has made the
report durable and decided. `Attempt.next` hands out one message at a time, so whoever drives it (a Ray actor, a test, a
debugger) decides the pace.
"""

from __future__ import annotations

import os
import queue
import shlex
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from sweep import command
from sweep.command.process import OUTPUT_FILE
from sweep.errors import TrialError
from sweep.run import EpochReport, LocalRun
from sweep.trial import Assignment, Goal

CONFIG_FILE, COMMAND_FILE = "config.json", "command.txt"


@dataclass(frozen=True)
class Job:
    """What all trials of a study share: the trainer, where it was named, and what it is measured by.

    Attributes:
        base: folder that a trainer's relative path starts from.
        command: `sweep.spec.Command` as JSON values, where a program is the trainer.
    """

    study: str
    trainer: str
    base: str
    metric: str
    goal: Goal
    threads: int
    checkpoint_every: int = 1
    command: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Message:
    """What a worker says.

    Attributes:
        kind: `epoch` (the trainer waits for `resume`), `end` (it returned) or `failed`.
        failure: for `failed`: class of failure and what to tell the user.
        overhead: for `end` and `failed`: seconds of the attempt outside its epochs.
        notices: sentences for the log (a damaged checkpoint was skipped).
    """

    kind: Literal["epoch", "end", "failed"]
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
        capture: send everything this process prints to the trial's `output.txt` while the trainer runs.
    """

    def __init__(self, job: Job, assignment: Assignment, *, capture: bool = True):
        self._job, self._assignment = job, assignment
        self._capture = capture
        self._channel = _Channel()
        self._waiting = False
        self._ended = False
        self._thread = threading.Thread(target=self._train, name=f"trial-{assignment.trial}", daemon=True)
        self._thread.start()

    def next(self) -> Message:
        """Let the trainer go on (if it waits) and return what it says next."""
        if self._waiting:
            self._channel.verdicts.put(False)
        return self._receive()

    def stop(self) -> None:
        """Tell a waiting trainer to stop, and wait for it to return."""
        while not self._ended:
            if self._waiting:
                self._channel.verdicts.put(True)
            self._receive()
        self._thread.join()

    def _receive(self) -> Message:
        message = self._channel.messages.get()
        self._waiting = message.kind == "epoch"
        self._ended = not self._waiting
        return message

    def _train(self) -> None:
        """The thread: every way a trainer can end becomes one message."""
        started, in_epochs = time.monotonic(), 0.0
        notices: list[str] = []

        def hand_over(report: EpochReport) -> bool:
            nonlocal in_epochs
            in_epochs += report.seconds
            self._channel.messages.put(Message("epoch", report, notices=tuple(notices)))
            notices.clear()
            return self._channel.verdicts.get()

        def end(kind: Literal["end", "failed"], failure: str = "") -> None:
            overhead = max(time.monotonic() - started - in_epochs, 0.0)
            self._channel.messages.put(Message(kind, failure=failure, overhead=overhead, notices=tuple(notices)))

        job, assignment = self._job, self._assignment
        folder = Path(assignment.folder)
        try:
            write_trial_files(job, assignment)
            with _captured(folder / OUTPUT_FILE, assignment.attempt) if self._capture else nullcontext():
                try:
                    train = command.load(job.trainer, job.base, job.command)
                    limit_threads(job.threads)  # after the import, as a rule the first one of torch
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
                        checkpoint_every=job.checkpoint_every,
                        notify=notices.append,
                    )
                    train(dict(assignment.config), run)
                    run.finish()
                except BaseException:
                    traceback.print_exc()
                    raise
        except SystemExit as error:
            end("failed", f"the trainer called sys.exit({error.code!r})")
        except BaseException as error:  # noqa: BLE001  (whatever a trainer raises is this trial's failure, not ours)
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
    if type(error).__name__ == "OutOfMemoryError":
        return f"CUDA out of memory: {text}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{place}"


def limit_threads(threads: int) -> None:
    """One torch thread per CPU the trial was given: more would slow its neighbours down."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)


def write_trial_files(job: Job, assignment: Assignment) -> None:
    """Leave the configuration and the command that repeats the trial alone in its folder."""
    folder = Path(assignment.folder)
    folder.mkdir(parents=True, exist_ok=True)
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
    (folder / CONFIG_FILE).write_bytes(orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n")
    command = shlex.join(["sweep", "try", str(folder / CONFIG_FILE)])
    (folder / COMMAND_FILE).write_text(command + "\n", encoding="utf-8")


@contextmanager
def _captured(path: Path, attempt: int) -> Iterator[None]:
    """Send what this process prints, C libraries included, to the trial's own file."""
    with path.open("ab") as file:
        file.write(f"--- attempt {attempt}\n".encode())
        file.flush()
        sys.stdout.flush()
        sys.stderr.flush()
        saved = os.dup(1), os.dup(2)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, kept in zip((1, 2), saved, strict=True):
                os.dup2(kept, number)
                os.close(kept)
