"""The events of a trial that was trained elsewhere: created, started, epochs, finished."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sweep.model.events import Event
from sweep.model.trial import Report
from sweep.model.trial_events import (
    EpochEnded,
    TrialCreated,
    TrialFinished,
    TrialStarted,
)


def ended_trial(
    created: TrialCreated,
    attempt: int,
    reports: Iterable[Report],
    finished: TrialFinished,
) -> Iterator[Event]:
    """Yield the events of one trial, in order; its checkpoints are not imported.

    Args:
        created: the first event.
        attempt: number of its last attempt, from 1.
        reports: one for each epoch.
        finished: the last event.
    """
    number = created.trial
    yield created
    yield TrialStarted(trial=number, attempt=attempt)
    for report in reports:
        yield EpochEnded(
            trial=number,
            epoch=report.epoch,
            metrics=report.metrics,
            seconds=report.seconds,
            checkpoint=None,
        )
    yield finished
