"""A log in short, kept beside it, so that a study of a million epochs opens in the time it takes to
check it.

`events.condensed` holds the records of `events.jsonl` up to some line: those that are few as they
are, and the epochs of every ended trial as columns (`sweep.model.reports`). It is derived and never
the truth. It is taken only if every byte of the log up to that line is what it was made from, by
length and CRC-32, which finds every flipped bit; and if its own CRC-32 is right. Otherwise the log
is read instead, and whoever reads it says what is wrong with it. It may be deleted at any time, and
what could not be written is not missed.

A line of JSON says what it is of; then come the records as JSON, then float64 columns, int64 epochs
and hashes of one trial after another.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import orjson

from sweep import durable
from sweep.errors import CannotWrite
from sweep.log.lines import Record
from sweep.log.reader import Place
from sweep.model.checkpoint_hashes import Hashes
from sweep.model.reports import Epochs

SUFFIX = ".condensed"
PACKED = "packed"  # the record that stands for all epochs of a trial
_FORMAT = [1, sys.byteorder]
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Packed:
    """All epochs of an ended trial.

    Attributes:
        verdict: why the pruner stopped it, None if it did not.
    """

    trial: int
    reports: Epochs
    hashes: Mapping[int, str] = field(default_factory=dict)
    verdict: str | None = None


CachedRecord = Record | Packed


@dataclass(frozen=True)
class LogCache:
    """What a log says up to a place."""

    place: Place
    records: list[CachedRecord]


def beside(log: Path) -> Path:
    """The file that belongs to a log."""
    return log.with_suffix(SUFFIX)


def save(log: Path, place: Place, records: Iterable[CachedRecord]) -> None:
    """Keep what `log` says up to `place`; nothing is said, and nothing lost, where that cannot be written."""
    plain: list[Any] = []
    columns: list[bytes] = []
    kinds: dict[tuple[tuple[str, ...], ...], int] = {}
    for record in records:
        if isinstance(record, dict):
            plain.append(record)
            continue
        hashes = record.hashes.to_bytes() if isinstance(record.hashes, Hashes) else (b"", b"")
        columns += [record.reports.table.tobytes(), *hashes]
        kind = kinds.setdefault(record.reports.kinds, len(kinds))
        left = (
            {}
            if isinstance(record.hashes, Hashes)
            else {str(k): v for k, v in record.hashes.items()}
        )
        sizes = [len(part) for part in columns[-3:]]
        plain.append({"event": PACKED, "of": [record.trial, kind, sizes, left, record.verdict]})
    said = orjson.dumps([list(kinds), plain])
    payload = b"".join([said, *columns])
    head = {
        "format": _FORMAT,
        "log": place,
        "prefix": _crc_of(log, place.end),
        "records": len(said),
        "payload": zlib.crc32(payload),
    }
    try:
        durable.write_file(beside(log), orjson.dumps(head) + b"\n" + payload, sync=False)
    except CannotWrite:
        return  # a folder that is only read, a full disk: the log is all that counts


def load(log: Path) -> LogCache | None:
    """What is kept of a log, if it is there, whole, and of this very log."""
    try:
        data = beside(log).read_bytes()
    except OSError:
        return None
    line, _, _ = data[:_CHUNK].partition(b"\n")
    try:
        head = orjson.loads(line)
        place = Place(**head["log"])
        payload = memoryview(data)[len(line) + 1 :]
        if head["format"] != _FORMAT or head["payload"] != zlib.crc32(payload):
            return None
        if head["prefix"] != _crc_of(log, place.end):
            return None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    size = head["records"]
    kinds, plain = orjson.loads(payload[:size])
    names = [tuple(map(tuple, kind)) for kind in kinds]
    return LogCache(place, _records(plain, names, payload[size:]))


def _records(plain: list[Any], kinds: list[Any], columns: memoryview) -> list[CachedRecord]:
    records: list[CachedRecord] = []
    at = 0
    for record in plain:
        if record["event"] != PACKED:
            records.append(record)
            continue
        trial, kind, sizes, left, verdict = record["of"]
        ends = list(accumulate(sizes, initial=at))
        table, epochs, digests = (columns[a:b] for a, b in pairwise(ends))
        at = ends[-1]
        hashes = (
            Hashes(epochs.cast("q"), digests) if epochs else {int(k): v for k, v in left.items()}
        )
        records.append(Packed(trial, Epochs(kinds[kind], table.cast("d")), hashes, verdict))
    return records


def _crc_of(path: Path, size: int) -> int | None:
    """CRC-32 of a file's first bytes; None if it has not so many."""
    crc, left = 0, size
    with path.open("rb") as file:
        while left and (data := file.read(min(_CHUNK, left))):
            crc, left = zlib.crc32(data, crc), left - len(data)
    return None if left else crc
