"""Signals while a study runs: save, stop, stay resumable."""

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
class Caught:
    """The signal that came first, None while none has, and when it came (monotonic seconds)."""

    number: int | None = None
    at: float = 0.0


class GraceOver(SweepError):
    """Running trials did not reach a report in time; their last checkpoint stands."""


# SIGHUP: the terminal was closed. SIGUSR1: what batch systems are often told to send before a job's
# time is up.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
_URGENT = (signal.SIGINT, signal.SIGTERM)  # those whose repetition means: at once
# seconds within which one signal can arrive twice, from a batch system and from a
# script that passes it on
_ECHO = 0.2


@contextmanager
def caught_by(schedule: Schedule) -> Iterator[Caught]:
    """The first signal lets running trials save and stop; a second SIGINT or SIGTERM ends the
    process at once.

    A SIGHUP that was ignored when the process started (`nohup`) stays ignored. After Ctrl-Z and
    `fg` no trial is taken for hung.
    """
    caught = Caught()
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
    except (
        ValueError
    ):  # not the main thread (a notebook server's worker): the host handles signals
        yield caught
        return
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(terminals: list[int]) -> None:
    """Write no more to a terminal that is gone: each attempt would be an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in terminals:
        os.dup2(nowhere, fd)
    os.close(nowhere)


def grace(caught: Caught, seconds: float) -> Callable[[], None]:
    """What to call between events: raises `GraceOver` once a signal is older than `seconds`."""

    def tick() -> None:
        if caught.number is not None and time.monotonic() - caught.at > seconds:
            raise GraceOver(f"running trials did not report within {seconds:g} s")

    return tick
