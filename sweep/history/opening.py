"""Read a study's history from its folder, with the help of the log's cache if it is valid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sweep.errors import LogDamaged, StudyNotFound
from sweep.history.event_records import UNFIT, to_record
from sweep.history.folding import adopt, apply, fold, take
from sweep.history.garbage import collector_paused
from sweep.history.history import History
from sweep.log import log_cache
from sweep.log.event_log import FILE_NAME, EventLog
from sweep.log.lines import Record
from sweep.log.log_cache import CLOCK, CachedRecord, LogCache, Packed
from sweep.log.reader import LogPosition, Reader
from sweep.model.reports import Epochs
from sweep.model.trial import Trial
from sweep.model.trial_events import EpochEnded

# The cache is written again when the log has grown by this many bytes, which take 0.05 s to read.
WORTH_KEEPING = 4_000_000
# Events whose fold needs the time of the event before them.
_READ_THE_CLOCK = ("session_started", "report_written", "noted")


def read(folder: Path) -> History:
    """Read the history of the study in a folder, even while a session writes it.

    Nothing is written into the folder. The cache (`sweep.log.log_cache`) is written if that makes
    the next call faster.

    Raises:
        StudyNotFound: there is no log.
        LogDamaged: see `sweep.log.event_log.replay`.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise StudyNotFound(f"no study in {folder}: there is no {FILE_NAME}")
    return _read(path)[0]


def resumed(folder: Path) -> tuple[EventLog, History]:
    """Open the log of the study in a folder for writing, and read its history under the lock.

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
        rare: list[Record] = []
        cached = _from_cache(path, rare)
        if cached is None:
            rare.clear()
            reader = Reader(path)
            history = fold(_noting(reader, rare))
            before = 0
        else:
            history, position = cached
            reader = Reader(path, position)
            take(history, _noting(reader, rare, history.last_time))
            before = position.end
        if reader.end - before >= WORTH_KEEPING:
            log_cache.save(path, reader.position, _told(history, rare))
    history.records = reader.count
    return history, reader


def _noting(
    events: Reader, rare: list[Record], last_time: float = 0.0
) -> Iterator[Record]:
    """Yield the events, and append those that are not epochs to `rare`."""
    for event in events:
        kind = event.get("event")  # the record is not validated yet
        if kind != "epoch":
            if kind in _READ_THE_CLOCK:
                rare.append({"event": CLOCK, "time": last_time})
            rare.append(event)
        last_time = event["time"]
        yield event


def _from_cache(path: Path, rare: list[Record]) -> tuple[History, LogPosition] | None:
    """The cached history of a log and where it ends; None if anything is wrong with the cache.

    Records other than epochs are appended to `rare`.
    """
    cached = log_cache.load(path)
    if cached is None:
        return None
    try:
        return _unfolded(cached, rare), cached.position
    except (LogDamaged, StudyNotFound, *UNFIT):
        return None


def _unfolded(cached: LogCache, rare: list[Record]) -> History:
    """The history that a cache holds; records other than epochs are added to `rare`."""
    first, *records = cached.records
    if isinstance(first, Packed):
        raise TypeError("the cache of a log starts with the epochs of an unknown trial")
    rare.append(first)
    history = fold([first])
    for record in records:
        if isinstance(record, Packed):
            adopt(history, record.trial, record.reports, record.verdict)
            continue
        if (
            record["event"] != "epoch"
        ):  # `_cached_records` adds epochs of open trials again
            rare.append(record)
        if record["event"] == CLOCK:
            history.last_time = float(record["time"])
        else:
            apply(history, record)
    return history


def _told(history: History, rare: list[Record]) -> Iterator[CachedRecord]:
    """The records to cache: the rare events, and each trial's epochs before its end.

    An epoch may move up to its trial's end, since no other event depends on it, except for its
    time.
    """
    for event in rare:
        if event["event"] == "trial_finished":
            yield from _epochs(history, history.trials[event["trial"]])
        yield event
    for number in history.cohort().open:
        yield from _epochs(history, history.trials[number])
    yield {"event": CLOCK, "time": history.last_time}


def _epochs(history: History, trial: Trial) -> Iterator[CachedRecord]:
    """The epochs of a trial as a cache holds them: packed, or one record each."""
    number = trial.number
    hashes, verdict = history.checkpoints.get(number, {}), history.verdicts.get(number)
    if isinstance(trial.reports, Epochs):
        yield Packed(number, trial.reports, verdict)
        return
    last = trial.reports[-1].epoch if trial.reports else None
    for report in trial.reports:
        event = EpochEnded(
            trial=number,
            epoch=report.epoch,
            metrics=report.metrics,
            seconds=report.seconds,
            checkpoint=hashes.get(report.epoch),
            pruned=verdict,
            paused=history.pauses.get(number) if report.epoch == last else None,
        )
        yield {"time": history.last_time, **to_record(event)}
