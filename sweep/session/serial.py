"""Execute a schedule in this process, one trial after another, without Ray.

For a debugger, for tests, and for studies whose trials are shorter than Ray's start.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sweep import command
from sweep.session.schedule import Schedule
from sweep.worker.attempt import Attempt
from sweep.worker.job import Job, Message

_NAP = 0.2  # seconds between looks at the clock, and at a signal, while the only trials left rest


def execute(
    schedule: Schedule, job: Job, tick: Callable[[], None] = lambda: None, *, capture: bool = False
) -> None:
    """Run a schedule until it is done.

    Args:
        tick: called after every report; an exception it raises ends the execution at once.
        capture: see `sweep.worker.attempt.Attempt`.
    """
    while True:
        if isinstance(assignment := schedule.next(), str):
            if assignment == "done" or not schedule.resting:
                return
            tick()
            time.sleep(min(schedule.resting, _NAP))
            continue
        number = assignment.trial
        schedule.started(number)
        attempt = Attempt(command.load, job, assignment, capture=capture)
        try:
            while _advance(schedule, number, attempt.next()):
                tick()
        finally:
            attempt.stop()  # also when the log cannot be written: no trainer is left waiting for a verdict


def _advance(schedule: Schedule, number: int, message: Message) -> bool:
    """Hand one message to the schedule; whether the trainer goes on."""
    if message.report is not None:
        return not schedule.reported(number, message.report, message.notices)
    if message.kind == "failed":
        schedule.failed(number, message.failure, message.overhead, message.notices)
    elif message.kind == "unwritable":
        schedule.unwritable(number, message.failure, message.overhead, message.notices)
    else:
        schedule.completed(number, message.overhead, message.notices)
    return False
