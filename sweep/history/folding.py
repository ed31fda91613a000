"""The fold: the history that a log tells.

This is the only place where a log becomes a history; replaying the log and living through it are
the same code. Reading a history never writes. What each event does is in
`sweep.history.event_folds`.
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
    """The history that a log tells.

    Raises:
        StudyNotFound: there is no record.
        LogDamaged: a record is none that this version writes, or does not fit those before it; the
            first must be `study_created`.
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
    """Take in records that follow those the history was made of.

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
    """Take in one record; raises what is in `UNFIT` where it does not fit."""
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
    """Take in all epochs of a trial that ends next, as applying its records one by one would."""
    update(history, number, reports=epochs)
    if verdict is not None:
        history.verdicts[number] = verdict


def _begun(first: Record) -> History:
    """The history of a log's first record."""
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
    """Whether a record is an epoch whose fields are what `EpochEnded` says, written as
    this version does.

    There are millions of them; this takes a tenth of the time of `from_record`. What is odd about
    any other record is for `from_record` to say.
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
