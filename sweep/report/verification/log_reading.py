"""What a verification needs of a log, read once from its first byte to its last."""

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
    """A log that was found sound.

    Attributes:
        records: how many there are.
        tail: bytes of an incomplete last record, which nothing has acted on.
        source: the study file's text, as the study began.
        history: their fold.
        checkpoints: trial → epoch → SHA-256, of ended trials too.
        trained_again: trials of which an epoch was trained again, from an earlier checkpoint.
    """

    path: Path
    records: int
    tail: int
    source: str
    history: History
    checkpoints: dict[int, dict[int, str]]
    trained_again: frozenset[int]

    def at(self, records: int) -> History:
        """The history when the log had so many records."""
        if records >= self.records:
            return self.history
        return fold(islice(iter(Reader(self.path)), records))


def read_log(path: Path) -> LogReading:
    """Read and check a whole log; no cache is looked at.

    Raises:
        LogDamaged, StudyNotFound: see `sweep.history.history.fold`.
    """
    checkpoints: dict[int, dict[int, str]] = {}
    again: set[int] = set()

    def noting(events: Iterator[Record]) -> Iterator[Record]:
        for event in events:
            kind = event.get("event")
            if kind in ("epoch", "checkpoint") and event.get("checkpoint") is not None:
                checkpoints.setdefault(event["trial"], {})[event["epoch"]] = event[
                    "checkpoint"
                ]
            if kind == "checkpoint":
                again.add(event["trial"])
            if kind == "population_decided":
                for copy in event["copies"]:  # the file is another one from then on
                    own = checkpoints.setdefault(copy["trial"], {})
                    own[copy["epoch"]] = copy["checkpoint"]
            if kind == "trial_retried":  # what it had before counts no more
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
