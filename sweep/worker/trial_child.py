"""What a new process does to become one trial, and the trial itself, in its main thread."""

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
from sweep.worker.job import Message
from sweep.worker.random_state import Seeded
from sweep.worker.requests import Request
from sweep.worker.training import Training
from sweep.worker.watch import Watch


@dataclass(frozen=True)
class Inherited:
    """What a forked process has of its template.

    Attributes:
        train: the trainer; its `preload` was called for this trial.
        seeded: random states that its import set.
        printed: descriptor of a file with what the import and `preload` printed for this trial.
        watch: knows what was read and imported since before the trainer was.
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
        channel: descriptor that messages go through.
        parent: the process without which this one must not live.
        inherited: None in a process that was started for this trial alone.
    """
    kernel.die_with_parent(parent)
    kernel.name_process(f"trial-{request.assignment.trial}")
    used_torch = "torch" in sys.modules
    if inherited is not None:
        _part_from_template(inherited.seeded)
        watch = inherited.watch
    else:
        watch = Watch(request.job)
        watch.begin(request.assignment, request.folder)
    teller = _Teller(Channel.of_descriptor(channel))
    training = Training(
        request.job,
        request.assignment,
        request.folder,
        load=warm_up.load_trainer
        if inherited is None
        else lambda *named: inherited.train,
        tell=teller.tell,
        captured=_Output(inherited).captured,
        preloaded=inherited is not None,
        depends=watch.news,
    )
    teller.end(training.run())
    learned = "torch" in sys.modules and not used_torch
    leaving.leave(leaving.USED_TORCH if learned else 0)


def _part_from_template(seeded: Seeded) -> None:
    """Undo what is the template's own: its session, exit hooks, signals, random numbers."""
    os.setsid()  # a trial that signals its group must not reach the template
    leaving.forget_inherited_hooks()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    warm_up.restore_environment()
    random_state.begin_afresh(seeded)


class _Teller:
    """Tells the worker, and hears whether to stop."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._stopped = False

    def tell(self, message: Message) -> bool:
        """Hand over an epoch; wait for the answer where the report says so."""
        waits = message.report is not None and message.report.waits
        try:
            self._channel.send(message)
            if not self._stopped:
                self._stopped = bool(self._channel.receive(None if waits else 0.0))
        except TimeoutError:
            return False
        except Closed:  # the worker is gone: nobody would hear of anything that follows
            os._exit(1)
        return self._stopped

    def end(self, message: Message) -> None:
        """Hand over the last message."""
        try:
            self._channel.send(message)
        except Closed:
            os._exit(1)


class _Output:
    """Descriptors 1 and 2, and Python's streams on them, in the trial's file."""

    def __init__(self, inherited: Inherited | None):
        self._inherited = inherited

    @contextmanager
    def captured(self, path: Path, attempt: int) -> Iterator[None]:
        """See `Training`; for good, since the process ends with the trial."""
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
    """A text stream that shows each line at once, and takes whatever is printed."""
    raw = open(descriptor, "wb", closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(
        raw, encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def _contents(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, size, 0)
    os.close(descriptor)
    return text
