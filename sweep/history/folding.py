"""Fold a log into a history.

A running session and a reader of its log use this same code. Reading a history never writes.
`sweep.history.event_folds` has the effect of each event.
"""

from __future__ import annotations

from collections.abc import Iterable

from sweep.errors import StudyNotFound
from sweep.history.event_folds import fold_event
from sweep.history.event_records import UNFIT, damaged, from_record, refusal
from sweep.history.garbage import collector_paused
from sweep.history.history import History
from sweep.history.trial_changes import take_epoch, update
from sweep.log.lines import Record
from sweep.model.events import StudyCreated
from sweep.model.reports import Epochs
from sweep.spec import StudySpec

_MEASURED = frozenset({int, float, type(None)})
_TEXT_OR_NONE = frozenset({str, type(None)})


def fold(records: Iterable[Record]) -> History:
    """Fold a log's records into a history.

    Raises:
        StudyNotFound: there is no record.
        LogDamaged: this version does not write such a record, or it does not fit those before it;
            the first record must be `study_created`.
    """
    records = iter(records)
    first = next(records, None)
    if first is None:
        raise StudyNotFound(
            "the event log is empty: the study was never started; use `sweep run FILE`"
        )
    history = _begun(first)
    with collector_paused():
        take(history, records)
    return history


def take(history: History, records: Iterable[Record]) -> None:
    """Fold further records into a history.

    Raises:
        LogDamaged: see `fold`.
    """
    record = Record()
    try:
        for record in records:
            apply(history, record)
    except UNFIT as error:
        raise refusal(record, error) from error


def apply(history: History, record: Record) -> None:
    """Fold one record into a history; raises an error in `UNFIT` if it does not fit."""
    if _is_plain_epoch(record):
        take_epoch(
            history,
            record["trial"],
            record["epoch"],
            record["metrics"],
            record["seconds"],
            record["checkpoint"],
        )
    else:
        fold_event(from_record(record), history, record["time"])
    history.last_time = record["time"]


def adopt(
    history: History,
    number: int,
    epochs: Epochs,
    verdict: str | None,
) -> None:
    """Add all epochs of a trial that ends next, with the same result as adding each record."""
    update(history, number, reports=epochs)
    if verdict is not None:
        history.verdicts[number] = verdict


def _begun(first: Record) -> History:
    """The history after a log's first record."""
    if first.get("event") != StudyCreated.kind:
        raise damaged(first, "a log begins with study_created")
    try:
        created = from_record(first)
        if not isinstance(created, StudyCreated):
            raise TypeError(f"{created.kind} is not study_created")
        spec = StudySpec.from_canonical(created.spec)
    except UNFIT as error:
        raise refusal(first, error) from error
    return History(
        spec, created, first["time"], source=created.source, last_time=first["time"]
    )


def _is_plain_epoch(record: Record) -> bool:
    """Whether a record is an `EpochEnded` with valid fields and without optional ones.

    There are millions of them, and this takes a tenth of the time of `from_record`, which checks
    and reports all other records.
    """
    try:
        return (
            record["event"] == "epoch"
            and type(record["trial"]) is type(record["epoch"]) is int
            and record["trial"] >= 0 <= record["epoch"]
            and type(record["seconds"]) is type(record["time"]) is float
            and type(record["metrics"]) is dict
            and _MEASURED.issuperset(map(type, record["metrics"].values()))
            and type(record["checkpoint"]) in _TEXT_OR_NONE
            and "pruned" not in record
            and "paused" not in record
        )
    except KeyError:
        return False
