"""Floor 9: SIGINT and SIGTERM while a study runs: save, stop, stay resumable."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from sweep.errors import SweepError
from sweep.schedule import Schedule


@dataclass
class Caught:
    """The signal that came first, None while none has, and when it came (monotonic seconds)."""

    number: int | None = None
    at: float = 0.0


class GraceOver(SweepError):
    """Running trials did not reach a report in time; their last checkpoint stands."""


@contextmanager
def caught_by(schedule: Schedule) -> Iterator[Caught]:
    """The first SIGINT or SIGTERM lets running trials save and stop; a second one ends the process at once."""
    caught = Caught()

    def handle(number: int, frame: FrameType | None) -> None:
        if caught.number is not None:
            os.write(2, b"\nstopped at once; every recorded trial is safe: `sweep resume` continues\n")
            os._exit(128 + number)
        caught.number, caught.at = number, time.monotonic()
        schedule.request_stop(f"interrupted by {signal.Signals(number).name}")

    try:
        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread (a notebook server's worker): the host handles signals
        yield caught
        return
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def grace(caught: Caught, seconds: float) -> Callable[[], None]:
    """What to call between events: raises `GraceOver` once a signal is older than `seconds`."""

    def tick() -> None:
        if caught.number is not None and time.monotonic() - caught.at > seconds:
            raise GraceOver(f"running trials did not report within {seconds:g} s")

    return tick
