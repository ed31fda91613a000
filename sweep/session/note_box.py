"""Record notes that other processes leave in the study's folder while the study runs."""

from __future__ import annotations

import time
from collections.abc import Callable

from sweep.history import waiting_notes
from sweep.session.schedule import Schedule

EVERY = 1.0  # seconds between two checks of the folder


def taking_in(
    schedule: Schedule, clock: Callable[[], float] = time.monotonic
) -> Callable[[], None]:
    """A function to call between events; it records waiting notes once every `EVERY` seconds."""
    looked = -EVERY

    def tick() -> None:
        nonlocal looked
        now = clock()
        if now - looked < EVERY:
            return
        looked = now
        take_in(schedule)

    return tick


def take_in(schedule: Schedule) -> None:
    """Record all waiting notes; note each file that is not a valid note once."""
    problems = waiting_notes.take_in(
        schedule.folder, schedule.history, schedule.record, by_session=True
    )
    for problem in problems:
        schedule.note_once(problem)
