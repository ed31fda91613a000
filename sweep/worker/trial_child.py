"""Turns a new process into one trial, which runs in its main thread."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sweep import durable
from sweep.worker import kernel, leaving, random_state, warm_up
from sweep.worker.channel import Channel, Closed
from sweep.worker.job import LoadTrainer, Message
from sweep.worker.random_state import Seeded
from sweep.worker.requests import Request
from sweep.worker.training import Training
from sweep.worker.watch import Watch


@dataclass(frozen=True)
class Inherited:
    """State that a forked process inherits from its template.

    Attributes:
        train: the trainer; its `preload` was called for this trial.
        seeded: random states that its import seeded.
        printed: descriptor of a file with the output of the import and of `preload`.
        watch: has recorded what was read and imported since before the trainer's import.
    """

    train: Callable[..., None]
    seeded: Seeded
    printed: int
    watch: Watch


def become_trial(
    request: Request, channel: int, parent: int, inherited: Inherited | None
) -> NoReturn:
    """Run one attempt and end this process.

    Args:
        channel: descriptor of the channel for messages.
        parent: id of the process with which this one ends.
        inherited: None in a new interpreter.
    """
    kernel.die_with_parent(parent)
    kernel.name_process(f"trial-{request.assignment.trial}")
    used_torch = "torch" in sys.modules
    if inherited is not None:
        _leave_template(inherited.seeded)
        watch = inherited.watch
    else:
        watch = Watch(request.job)
        watch.begin(request.assignment, request.folder)
    sender = _Sender(Channel.of_descriptor(channel))
    training = Training(
        request.job,
        request.assignment,
        request.folder,
        load=_loader(inherited),
        tell=sender.send,
        captured=_Output(inherited).captured,
        preloaded=inherited is not None,
        depends=watch.news,
    )
    sender.send_last(training.run())
    learned = "torch" in sys.modules and not used_torch
    leaving.leave(leaving.USED_TORCH if learned else 0)


def _loader(inherited: Inherited | None) -> LoadTrainer:
    """Imports the trainer, or returns the one that the template has imported."""
    if inherited is None:
        return warm_up.load_trainer
    return lambda *named: inherited.train


def _leave_template(seeded: Seeded) -> None:
    """Replace the template's session, exit hooks, signal handlers and random states."""
    os.setsid()  # a trial that signals its group must not reach the template
    leaving.forget_inherited_hooks()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    warm_up.restore_environment()
    random_state.begin_afresh(seeded)


class _Sender:
    """Sends messages to the worker, and receives whether to stop."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._stopped = False

    def send(self, message: Message) -> bool:
        """Send an epoch's message, and wait for the answer if the report says so."""
        waits = message.report is not None and message.report.waits
        try:
            self._channel.send(message)
            if not self._stopped:
                self._stopped = bool(self._channel.receive(None if waits else 0.0))
        except TimeoutError:
            return False
        except Closed:  # the worker is gone: nothing would receive further messages
            os._exit(1)
        return self._stopped

    def send_last(self, message: Message) -> None:
        """Send the last message."""
        try:
            self._channel.send(message)
        except Closed:
            os._exit(1)


class _Output:
    """Redirects descriptors 1 and 2, and Python's streams on them, to the trial's file."""

    def __init__(self, inherited: Inherited | None):
        self._inherited = inherited

    @contextmanager
    def captured(self, path: Path, attempt: int) -> Iterator[None]:
        """Redirect the output, permanently, since the process ends with the trial."""
        durable.append(path, f"--- attempt {attempt}\n".encode())
        if self._inherited is not None:
            durable.append(path, _contents(self._inherited.printed))
        output = durable.open_to_append(path)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        sys.stdout = sys.__stdout__ = _stream(1)  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = _stream(2)  # type: ignore[misc]
        yield


def _stream(descriptor: int) -> io.TextIOWrapper:
    """A text stream that is flushed after each line, and escapes what it cannot encode."""
    raw = open(descriptor, "wb", closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(
        raw, encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def _contents(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, size, 0)
    os.close(descriptor)
    return text
