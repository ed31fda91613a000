"""Execute a schedule without Ray, one trial after another.

For tests, for studies whose trials are shorter than Ray's start, and for a debugger.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sweep import command
from sweep.model.trial import Assignment
from sweep.session.schedule import Schedule
from sweep.worker.job import Job, Message, RunningTrial
from sweep.worker.trial_starter import TrialStarter

# Seconds between looks at the clock and at a signal, in an epoch or while all trials left rest.
_NAP = 0.2


def execute(
    schedule: Schedule,
    job: Job,
    tick: Callable[[], None] = lambda: None,
    *,
    here: bool = False,
) -> None:
    """Run a schedule until it is done.

    Args:
        tick: called a few times a second and after every report; an exception it raises ends the
            execution at once.
        here: train in this process, for a debugger; what the trainer prints is not captured.
    """
    starter = TrialStarter(command.load, job, here=here)
    try:
        _execute(schedule, starter, tick)
    finally:
        starter.close()


def _execute(
    schedule: Schedule, starter: TrialStarter, tick: Callable[[], None]
) -> None:
    while True:
        if isinstance(assignment := schedule.next(), str):
            if assignment == "done" or not schedule.backoff_seconds:
                return
            tick()
            time.sleep(min(schedule.backoff_seconds, _NAP))
            continue
        schedule.started(assignment.trial)
        attempt = starter.begin(assignment)
        last: Message | None = None
        try:
            while _advance(schedule, assignment, _next(attempt, tick)):
                tick()
        finally:
            # Also when the log cannot be written: no trainer waits for ever.
            last = attempt.stop()
        if last is not None:
            schedule.stored(assignment.trial, assignment.attempt, last.stored)


def _next(attempt: RunningTrial, tick: Callable[[], None]) -> Message:
    """The next message; an epoch may take hours, so `tick` is called meanwhile as well."""
    while (message := attempt.poll(_NAP)) is None:
        tick()
    return message


def _advance(schedule: Schedule, assignment: Assignment, message: Message) -> bool:
    """Pass one message to the schedule; return whether the trainer continues."""
    number = assignment.trial
    schedule.depended(message.depends)
    if not schedule.stored(number, assignment.attempt, message.stored):
        return False
    if message.report is not None:
        return not schedule.reported(number, message.report, message.notices)
    if message.kind == "failed":
        schedule.failed(number, message.failure, message.overhead, message.notices)
    elif message.kind == "lost":
        schedule.lost(number, message.failure, message.overhead, message.notices)
    elif message.kind == "unwritable":
        schedule.unwritable(number, message.failure, message.overhead, message.notices)
    else:
        schedule.completed(number, message.overhead, message.notices)
    return False
