"""A study's history from its folder: from what is kept in short of its log, and the lines behind that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sweep.errors import StudyNotFound
from sweep.history.event_records import to_record
from sweep.history.folding import adopt, apply, fold, take
from sweep.history.garbage import collector_paused
from sweep.history.history import History
from sweep.log import log_cache
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.log.lines import Record
from sweep.log.log_cache import CachedRecord, LogCache, Packed
from sweep.log.reader import Reader
from sweep.model.events import EpochEnded
from sweep.model.reports import Epochs
from sweep.model.trial import Trial

# bytes of a log that are read in 0.05 s: so much later it is kept in short again
WORTH_KEEPING = 4_000_000
_CLOCK = "clock"  # the record that stands for the time of an epoch that is told elsewhere


def read(folder: Path) -> History:
    """The history of the study in a folder, also while it is being written.

    Nothing is written but `sweep.log.log_cache`'s file, where that makes the next reading quicker.

    Raises:
        StudyNotFound: there is no log.
        LogDamaged: see `sweep.log.event_log.replay`.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise StudyNotFound(f"no study in {folder}: there is no {FILE_NAME}")
    return _read(path)[0]


def resumed(folder: Path) -> tuple[EventLog, History]:
    """The log of the study in a folder, open for writing, and its history, read once and under the
    log's lock.

    Raises:
        StudyLocked, LogDamaged, CannotWrite: see `EventLog`.
        StudyNotFound: the log is empty.
    """
    histories: list[History] = []

    def read_to_end(path: Path) -> Reader:
        history, reader = _read(path)
        histories.append(history)
        return reader

    return EventLog(folder / FILE_NAME, read=read_to_end), histories[0]


def _read(path: Path) -> tuple[History, Reader]:
    """The history, and the reader at the log's end."""
    with collector_paused():
        kept = log_cache.load(path)
        reader = Reader(path) if kept is None else Reader(path, kept.place)
        before = reader.end
        few: list[Record] = []
        if kept is None:
            history = fold(_noting(reader, few))
        else:
            history = _unfolded(kept, few)
            take(history, _noting(reader, few, history.last_time))
        if reader.end - before >= WORTH_KEEPING:
            log_cache.save(path, reader.place, _told(history, few))
    return history, reader


def _noting(events: Reader, few: list[Record], last_time: float = 0.0) -> Iterator[Record]:
    """The same events; those that are few, unlike the epochs, are noted."""
    for event in events:
        if (
            kind := event.get("event")
        ) != "epoch":  # looked at before it is known to be an event at all
            if kind == "session_started":  # reads when the session before it was last heard of
                few.append({"event": _CLOCK, "time": last_time})
            few.append(event)
        last_time = event["time"]
        yield event


def _unfolded(kept: LogCache, few: list[Record]) -> History:
    """The history of what is kept; its records other than epochs are noted."""
    first, *records = kept.records
    if isinstance(first, Packed):
        raise TypeError("a condensed log begins with the epochs of no trial")
    few.append(first)
    history = fold([first])
    for record in records:
        if isinstance(record, Packed):
            adopt(history, record.trial, record.reports, record.hashes, record.verdict)
        else:
            if record["event"] != "epoch":  # those of open trials, told anew the next time
                few.append(record)
            if record["event"] == _CLOCK:
                history.last_time = record["time"]
            else:
                apply(history, record)
    return history


def _told(history: History, few: list[Record]) -> Iterator[CachedRecord]:
    """The records that make this history: the few events, and each trial's epochs before its end.

    No other event reads what an epoch leaves in a history, but for its time and for the end of its
    own trial.
    """
    for event in few:
        if event["event"] == "trial_finished":
            yield from _epochs(history, history.trials[event["trial"]])
        yield event
    for number in history.cohort().open:
        yield from _epochs(history, history.trials[number])
    yield {"event": _CLOCK, "time": history.last_time}


def _epochs(history: History, trial: Trial) -> Iterator[CachedRecord]:
    number = trial.number
    hashes, verdict = history.checkpoints.get(number, {}), history.verdicts.get(number)
    if isinstance(trial.reports, Epochs):
        yield Packed(number, trial.reports, hashes, verdict)
        return
    for report in trial.reports:
        event = EpochEnded(
            trial=number,
            epoch=report.epoch,
            metrics=report.metrics,
            seconds=report.seconds,
            checkpoint=hashes.get(report.epoch),
            pruned=verdict,
        )
        yield {"time": history.last_time, **to_record(event)}
