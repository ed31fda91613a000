"""Changes to a trial of a history, shared by the folds of several events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sweep.history.history import History, cohorts_of
from sweep.model.reports import GrowingReports
from sweep.model.trial import Report, Trial

_FIELDS = [each.name for each in fields(Trial)]
_VALUES = attrgetter(*_FIELDS)


def update(history: History, number: int, **changes: Any) -> Trial:
    """Replace the trial of that number by a copy with other fields."""
    # Like `dataclasses.replace`, in a third of the time: a log changes each trial three times.
    values = list(_VALUES(history.trials[number]))
    for name, value in changes.items():
        values[_FIELDS.index(name)] = value
    trial = Trial(*values)
    history.trials[number] = trial
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
    reports = history.trials[number].reports
    if isinstance(reports, GrowingReports):
        # In place: copying the trial for each of millions of epochs would take longer than reading.
        reports.add(epoch, metrics, seconds)
    else:
        report = Report(epoch, metrics, seconds)
        update(history, number, reports=[*reports, report])
    if checkpoint is not None:
        keep_hash(history, number, epoch, checkpoint)


def keep_hash(history: History, number: int, epoch: int, digest: str) -> None:
    """Store the SHA-256 of the checkpoint that was written with an epoch."""
    history.checkpoints.setdefault(number, {})[epoch] = digest


def end(history: History, number: int, **changes: Any) -> None:
    """End a trial: it will not change again, and its epochs are packed."""
    trial = update(history, number, **changes)
    history.checkpoints.pop(
        number, None
    )  # no attempt continues from them; the log keeps them
    for key in cohorts_of(trial):
        cohort = history.cohorts[key]
        if number in cohort.open:
            del cohort.open[number]
            cohort.paused.pop(number, None)
            cohort.ended.append(number)
            cohort.changed.append(number)


def ran_now(history: History, number: int) -> None:
    """Record that a trial ran in the current session."""
    session = len(history.sessions) - 1
    history.session_numbers.setdefault(number, set()).add(session)
