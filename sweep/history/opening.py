"""A study's history from its folder: from the cache of its log if that is sound, and
the lines after it.
"""

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
from sweep.log.reader import Place, Reader
from sweep.model.reports import Epochs
from sweep.model.trial import Trial
from sweep.model.trial_events import EpochEnded

# bytes of a log that are read in 0.05 s: so much later the cache is written again
WORTH_KEEPING = 4_000_000
# events that read when the session before them was last heard of
_READ_THE_CLOCK = ("session_started", "report_written", "noted")


def read(folder: Path) -> History:
    """The history of the study in a folder, also while it is being written.

    Nothing is written into the folder. The cache (`sweep.log.log_cache`) is written
    where that makes the next reading faster.

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
        rare: list[Record] = []
        cached = _from_cache(path, rare)
        if cached is None:
            rare.clear()
            reader = Reader(path)
            history = fold(_noting(reader, rare))
            before = 0
        else:
            history, place = cached
            reader = Reader(path, place)
            take(history, _noting(reader, rare, history.last_time))
            before = place.end
        if reader.end - before >= WORTH_KEEPING:
            log_cache.save(path, reader.place, _told(history, rare))
    history.records = reader.count
    return history, reader


def _noting(
    events: Reader, rare: list[Record], last_time: float = 0.0
) -> Iterator[Record]:
    """The same events; those that are rare, unlike the epochs, are noted."""
    for event in events:
        kind = event.get("event")  # looked at before it is known to be an event at all
        if kind != "epoch":
            if kind in _READ_THE_CLOCK:
                rare.append({"event": CLOCK, "time": last_time})
            rare.append(event)
        last_time = event["time"]
        yield event


def _from_cache(path: Path, rare: list[Record]) -> tuple[History, Place] | None:
    """The history that is cached of a log, and how far it goes; None if anything is wrong with it.

    Its records other than epochs are noted.
    """
    cached = log_cache.load(path)
    if cached is None:
        return None
    try:
        return _unfolded(cached, rare), cached.place
    except (LogDamaged, StudyNotFound, *UNFIT):
        return None


def _unfolded(cached: LogCache, rare: list[Record]) -> History:
    first, *records = cached.records
    if isinstance(first, Packed):
        raise TypeError("the cache of a log begins with the epochs of no trial")
    rare.append(first)
    history = fold([first])
    for record in records:
        if isinstance(record, Packed):
            adopt(history, record.trial, record.reports, record.verdict)
            continue
        if (
            record["event"] != "epoch"
        ):  # those of open trials are told again the next time
            rare.append(record)
        if record["event"] == CLOCK:
            history.last_time = float(record["time"])
        else:
            apply(history, record)
    return history


def _told(history: History, rare: list[Record]) -> Iterator[CachedRecord]:
    """The records that make this history: the rare events, and each trial's epochs before its end.

    No other event reads what an epoch leaves in a history, but for its time and for the end of its
    own trial.
    """
    for event in rare:
        if event["event"] == "trial_finished":
            yield from _epochs(history, history.trials[event["trial"]])
        yield event
    for number in history.cohort().open:
        yield from _epochs(history, history.trials[number])
    yield {"event": CLOCK, "time": history.last_time}


def _epochs(history: History, trial: Trial) -> Iterator[CachedRecord]:
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
