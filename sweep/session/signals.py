"""Handle signals while a study runs: trials save and stop, and the study can be resumed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from sweep.errors import SweepError
from sweep.session.schedule import Schedule


@dataclass
class CaughtSignal:
    """The first signal, None before it, and its time (monotonic seconds)."""

    number: int | None = None
    at: float = 0.0


class GracePeriodOver(SweepError):
    """Running trials did not report in time; they keep their last checkpoint."""


# SIGHUP: the terminal was closed. SIGUSR1: batch systems often send it before a job's time limit.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
_URGENT = (signal.SIGINT, signal.SIGTERM)  # if repeated, the process ends at once
# Seconds in which the same signal may arrive twice: from a batch system, and from a script that
# passes it on.
_ECHO = 0.2


@contextmanager
def caught_by(schedule: Schedule) -> Iterator[CaughtSignal]:
    """Let running trials save and stop at the first signal; end at once at a second one.

    Only a second SIGINT or SIGTERM ends the process at once. If SIGHUP was ignored when the process
    started (`nohup`), it stays ignored. After Ctrl-Z and `fg` no trial counts as hung.
    """
    caught = CaughtSignal()
    terminals = [fd for fd in (1, 2) if os.isatty(fd)]

    def handle(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _leave(terminals)
        if caught.number is None:
            caught.number, caught.at = number, time.monotonic()
            schedule.request_stop(f"interrupted by {signal.Signals(number).name}")
        elif number in _URGENT and time.monotonic() - caught.at > _ECHO:
            os.write(
                2,
                b"\nstopped at once; every recorded trial is safe: `sweep resume` continues\n",
            )
            os._exit(128 + number)

    wanted: dict[int, Any] = dict.fromkeys(STOPPING, handle)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        del wanted[signal.SIGHUP]
    wanted[signal.SIGCONT] = lambda number, frame: schedule.continued()
    before: dict[int, Any] = {}
    try:
        for number, handler in wanted.items():
            before[number] = signal.signal(number, handler)
    except ValueError:
        # Not the main thread (e.g. of a notebook server), which handles signals itself.
        yield caught
        return
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(terminals: list[int]) -> None:
    """Redirect the output of a closed terminal, since each write to it would be an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in terminals:
        os.dup2(nowhere, fd)
    os.close(nowhere)


def grace(caught: CaughtSignal, seconds: float) -> Callable[[], None]:
    """A function to call between events; it raises `GracePeriodOver` `seconds` after a signal."""

    def tick() -> None:
        if caught.number is not None and time.monotonic() - caught.at > seconds:
            raise GracePeriodOver(f"running trials did not report within {seconds:g} s")

    return tick
