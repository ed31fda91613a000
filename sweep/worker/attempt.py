"""One attempt at one trial in a thread of this process.

This serves a program as the trainer (the program has its own process), a debugger, and studies
with `resources.isolation: shared`. The trainer calls `run.report`; the thread then waits until the
study has made the report durable and decided whether to continue. `Attempt.next` returns one
message at a time, so that its caller (a Ray actor, a test, a debugger) decides the pace.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sweep import durable
from sweep.model.trial import Assignment
from sweep.worker import random_state
from sweep.worker.job import Job, LoadTrainer, Message
from sweep.worker.sharing import SharedProcess, fresh_random_states
from sweep.worker.training import Training
from sweep.worker.watch import Watch


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
        folder: where this machine writes the trial's files, None: the trial's folder.
        watch: records what the trial depends on; None: nothing is recorded.
    """

    def __init__(
        self,
        load: LoadTrainer,
        job: Job,
        assignment: Assignment,
        *,
        capture: bool = True,
        folder: Path | None = None,
        watch: Watch | None = None,
    ):
        where = Path(assignment.folder) if folder is None else folder
        if watch is not None:
            watch.begin(assignment, where)
        self._training = Training(
            job,
            assignment,
            where,
            load=self._load_trainer,
            tell=self._tell,
            captured=_captured if capture else _shown,
            depends=(lambda: None) if watch is None else watch.news,
        )
        self._load = load
        self._process: SharedProcess | None = None
        self._shared = job.isolation == "shared" and job.command is None
        self._channel = _Channel()
        self._waiting = False
        self._ended = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._train, name=f"trial-{assignment.trial}", daemon=True
        )
        self._thread.start()

    def next(self) -> Message:
        """Let a waiting trainer continue, and return its next message."""
        self._let_continue()
        return self._receive()

    def poll(self, seconds: float) -> Message | None:
        """Like `next`; None if no message arrives within `seconds`."""
        self._let_continue()
        try:
            return self._receive(seconds)
        except queue.Empty:
            return None

    def next_messages(self, seconds: float) -> list[Message]:
        """The next message, and those of the following seconds, until the trainer waits or ends."""
        until = time.monotonic() + seconds
        messages = [self.next()]
        while not (self._waiting or self._ended):
            try:
                messages.append(
                    self._receive(timeout=max(until - time.monotonic(), 0.0))
                )
            except queue.Empty:
                break
        return messages

    def stop(self) -> Message | None:
        """Tell the trainer to stop at its next report, and wait for it to return.

        Returns:
            Its last message; None if `next` or `next_messages` has returned it already.
        """
        last: Message | None = None
        self._stopping.set()
        while not self._ended:
            if self._waiting:
                self._channel.verdicts.put(True)
            last = self._receive()
        self._thread.join()
        return last

    def _let_continue(self) -> None:
        if self._waiting:
            self._waiting = False
            self._channel.verdicts.put(False)

    def _receive(self, timeout: float | None = None) -> Message:
        message = self._channel.messages.get(timeout=timeout)
        self._waiting = message.report is not None and message.report.waits
        self._ended = message.kind != "epoch"
        return message

    def _train(self) -> None:
        arguments, path, modules = list(sys.argv), list(sys.path), dict(sys.modules)
        message = self._training.run()
        self._training.leave_folder()
        # The import of the trainer changed these.
        sys.argv[:], sys.path[:] = arguments, path
        sys.modules.update(modules)
        if self._process is not None:
            message = replace(
                message, notices=(*message.notices, *self._process.put_back())
            )
        self._channel.messages.put(message)

    def _load_trainer(
        self, name: str, base: str, command: Mapping[str, Any] | None
    ) -> Callable[..., None]:
        """Import the trainer, and record the state of a shared process before it trains."""
        if not self._shared:
            return self._load(name, base, command)
        states_before = random_state.before_import()
        train = self._load(name, base, command)
        fresh_random_states((name, base), states_before)
        self._process = SharedProcess()
        return train

    def _tell(self, message: Message) -> bool:
        self._channel.messages.put(message)
        waits = message.report is not None and message.report.waits
        return self._channel.verdicts.get() if waits else self._stopping.is_set()


def _shown(path: Path, attempt: int) -> AbstractContextManager[None]:
    """Leave the output of this process as it is."""
    return nullcontext()


@contextmanager
def _captured(path: Path, attempt: int) -> Iterator[None]:
    """Send the output of this process, that of C libraries too, to the trial's own file."""
    durable.append(path, f"--- attempt {attempt}\n".encode())
    streams = sys.stdout, sys.stderr  # a trainer may put others in their place
    for stream in streams:
        stream.flush()
    saved = os.dup(1), os.dup(2)
    output = durable.open_to_append(path)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    try:
        yield
    finally:
        try:
            for stream in streams:
                stream.flush()
        finally:  # also on a full disk
            for number, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, number)
                os.close(copy)
