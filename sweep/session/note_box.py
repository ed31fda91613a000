"""What somebody notes about a study while it runs goes into its log, a moment later."""

from __future__ import annotations

import time
from collections.abc import Callable

from sweep.history import waiting_notes
from sweep.session.schedule import Schedule

EVERY = 1.0  # seconds between two looks into the folder


def taking_in(
    schedule: Schedule, clock: Callable[[], float] = time.monotonic
) -> Callable[[], None]:
    """What to call between events: takes in the notes that wait, once every `EVERY` seconds."""
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
    """Take in the notes that wait now; a file that is none is named in the log, once."""
    problems = waiting_notes.take_in(
        schedule.folder, schedule.history, schedule.record, by_session=True
    )
    for problem in problems:
        schedule.note_once(problem)
