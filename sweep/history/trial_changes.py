"""What changes of a trial in a history, whichever event says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sweep.history.history import History, cohorts_of
from sweep.model.reports import Growing
from sweep.model.trial import Report, Trial

_FIELDS = [each.name for each in fields(Trial)]
_VALUES = attrgetter(*_FIELDS)


def update(history: History, number: int, **changes: Any) -> Trial:
    """Put a trial with other fields into the place of the one with that number."""
    # As `dataclasses.replace`, in a third of the time: every trial of a log is changed three times.
    values = list(_VALUES(history.trials[number]))
    for name, value in changes.items():
        values[_FIELDS.index(name)] = value
    trial = history.trials[number] = Trial(*values)
    return trial


def take_epoch(
    history: History,
    number: int,
    epoch: int,
    metrics: Mapping[str, float | None],
    seconds: float,
    checkpoint: str | None,
) -> None:
    """Add an epoch to a trial's reports, with the SHA-256 of its checkpoint if it has one."""
    so_far = history.trials[number].reports
    if isinstance(so_far, Growing):
        # In place: copying a trial for each of millions of epochs would cost more than reading it.
        so_far.add(epoch, metrics, seconds)
    else:
        update(history, number, reports=[*so_far, Report(epoch, metrics, seconds)])
    if checkpoint is not None:
        keep_hash(history, number, epoch, checkpoint)


def keep_hash(history: History, number: int, epoch: int, digest: str) -> None:
    """Remember the SHA-256 of the checkpoint that was written with an epoch."""
    history.checkpoints.setdefault(number, {})[epoch] = digest


def end(history: History, number: int, **changes: Any) -> None:
    """A trial has ended: it will not change any more, and its epochs are packed."""
    trial = update(history, number, **changes)
    history.checkpoints.pop(number, None)  # nothing goes on from them; the log keeps them
    for among in cohorts_of(trial):
        cohort = history.cohorts[among]
        if number in cohort.open:
            del cohort.open[number]
            cohort.paused.pop(number, None)
            cohort.ended.append(number)
            cohort.changed.append(number)


def ran_now(history: History, number: int) -> None:
    """Remember that a trial ran in the session that is the last one now."""
    history.session_numbers.setdefault(number, set()).add(len(history.sessions) - 1)
