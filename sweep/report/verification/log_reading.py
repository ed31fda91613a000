"""The contents of a log that a verification needs, read once from first byte to last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sweep.history.folding import fold
from sweep.history.history import History
from sweep.log.lines import Record
from sweep.log.reader import Reader


@dataclass(frozen=True)
class LogReading:
    """A log without damage.

    Attributes:
        path: of the log.
        records: number of records.
        tail: bytes of an incomplete last record, which is ignored.
        source: the study file's text when the study began.
        history: the state that the records add up to.
        checkpoints: trial → epoch → SHA-256, including ended trials.
        trained_again: trials that trained an epoch again from an earlier checkpoint.
    """

    path: Path
    records: int
    tail: int
    source: str
    history: History
    checkpoints: dict[int, dict[int, str]]
    trained_again: frozenset[int]

    def at(self, records: int) -> History:
        """The history after that many records of the log."""
        if records >= self.records:
            return self.history
        return fold(islice(iter(Reader(self.path)), records))


def read_log(path: Path) -> LogReading:
    """Read and check a whole log without using a cache.

    Raises:
        LogDamaged, StudyNotFound: see `sweep.history.history.fold`.
    """
    checkpoints: dict[int, dict[int, str]] = {}
    again: set[int] = set()

    def noting(events: Iterator[Record]) -> Iterator[Record]:
        for event in events:
            kind = event.get("event")
            digest = event.get("checkpoint")
            if kind in ("epoch", "checkpoint") and digest is not None:
                checkpoints.setdefault(event["trial"], {})[event["epoch"]] = digest
            if kind == "checkpoint":
                again.add(event["trial"])
            if kind == "population_decided":
                for copy in event["copies"]:  # the copy replaces the member's file
                    hashes = checkpoints.setdefault(copy["trial"], {})
                    hashes[copy["epoch"]] = copy["checkpoint"]
            if kind == "trial_retried":  # its earlier checkpoints no longer count
                checkpoints.pop(event["trial"], None)
            yield event

    reader = Reader(path)
    history = fold(noting(iter(reader)))
    return LogReading(
        path=path,
        records=reader.count,
        tail=reader.tail,
        source=history.created.source,
        history=history,
        checkpoints=checkpoints,
        trained_again=frozenset(again),
    )
