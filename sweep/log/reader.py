"""Read the event log from start to end, even while a session writes it.

A writer that was killed can leave an incomplete last line. No code has acted on it, and the next
writer removes it. Damage anywhere else is refused with its position, since a guess could change
results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sweep.errors import LogDamaged
from sweep.log.lines import Record, decode, decode_all, stated_crc

_CHUNK_BACKWARDS = 1 << 16  # bytes per read from the end of a log
_CHUNK = 1 << 20  # bytes per read and decoding from the start


@dataclass(frozen=True)
class Replay:
    """The content of a log.

    Attributes:
        events: the records, in order; `events[i]["seq"] == i`.
        end: number of bytes up to and including the last complete line.
        crc: CRC of the last line; the next line's CRC continues it.
        tail: bytes of an incomplete last line; 0 if there is none.
    """

    events: list[Record]
    end: int
    crc: int
    tail: int


@dataclass(frozen=True)
class LogPosition:
    """A position between two lines of a log.

    Attributes:
        count: number of lines before it.
        end: number of bytes before it.
        crc: CRC of the last line before it; the next line's CRC continues it.
    """

    count: int = 0
    end: int = 0
    crc: int = 0


class Reader:
    """Iterates over the records of a log without keeping them; the log may grow in the meantime.

    Args:
        path: the log.
        begin: the position to start from, the `position` of an earlier reader; default: the start.

    Attributes:
        count, end, crc, tail: see `Replay`; they describe the chunks that were read so far.

    Raises:
        LogDamaged: during iteration, if a complete line was altered; the message names the line and
            its byte offset.
    """

    def __init__(self, path: Path, begin: LogPosition | None = None):
        self.path = path
        start = begin or LogPosition()
        self.count, self.end, self.crc = start.count, start.end, start.crc
        self.tail = 0

    @property
    def position(self) -> LogPosition:
        """The position after the last line that was read."""
        return LogPosition(self.count, self.end, self.crc)

    def __iter__(self) -> Iterator[Record]:
        with self.path.open("rb") as file:
            file.seek(self.end)
            incomplete = b""  # the line at the end of the last chunk
            while data := file.read(_CHUNK):
                *lines, incomplete = (incomplete + data).split(b"\n")
                # One call for all lines is fast; line by line names the damaged one.
                yield from self._all_at_once(lines) or self._one_by_one(lines)
        if incomplete:
            self._end_with(incomplete)

    def _all_at_once(self, lines: list[bytes]) -> list[Record] | None:
        """The records of the lines; None if a line is damaged."""
        decoded = decode_all(lines, self.crc)
        if decoded is None:
            return None
        records, crc = decoded
        expected = list(range(self.count, self.count + len(lines)))
        if [record.get("seq") for record in records] != expected:
            return None
        self.count, self.crc = self.count + len(lines), crc
        self.end += sum(map(len, lines)) + len(lines)
        return records

    def _one_by_one(self, lines: list[bytes]) -> Iterator[Record]:
        """The records of the lines, up to a damaged one.

        Raises:
            LogDamaged: see `Reader`.
        """
        for line in lines:
            decoded = decode(line, self.crc)
            if decoded is None or decoded[0].get("seq") != self.count:
                problem = "the line does not match its checksum"
                raise damage(self.path, self.count, self.end, problem)
            record, self.crc = decoded
            self.count += 1
            self.end += len(line) + 1
            yield record

    def _end_with(self, tail: bytes) -> None:
        """Accept an incomplete last line; raise `LogDamaged` if only its newline is wrong.

        An incomplete write is shorter than its record. A complete record followed by another byte
        than a newline was altered.
        """
        if decode(tail[:-1], self.crc) is not None:
            offset = self.end + len(tail) - 1
            raise damage(
                self.path, self.count, offset, "the last record's newline was altered"
            )
        self.tail = len(tail)


def ends_at(path: Path, position: LogPosition) -> bool:
    """Whether a log has this position: the line before it has its number and continues its CRC."""
    with path.open("rb") as file:
        lines = _lines_before(file, position.end, 2)
    if not lines:
        return position == LogPosition()
    if len(lines) != min(position.count, 2):
        return False
    previous_crc = stated_crc(lines[0]) if position.count > 1 else 0
    if previous_crc is None:
        return False
    decoded = decode(lines[-1], previous_crc)
    if decoded is None:
        return False
    record, crc = decoded
    return crc == position.crc and record.get("seq") == position.count - 1


def _lines_before(file: BinaryIO, end: int, count: int) -> list[bytes]:
    """At most `count` lines before byte `end`; none if no line ends there."""
    data = b""
    begin = end
    while begin > 0 and data.count(b"\n") <= count:
        step = min(begin, _CHUNK_BACKWARDS)
        begin -= step
        file.seek(begin)
        data = file.read(step) + data
    if not data.endswith(b"\n") or len(data) != end - begin:
        return []
    return data[:-1].split(b"\n")[-count:]


def replay(path: Path) -> Replay:
    """Read a whole log, which may be growing while it is read.

    Raises:
        LogDamaged: see `Reader`.
    """
    reader = Reader(path)
    events = list(reader)
    return Replay(events, reader.end, reader.crc, reader.tail)


def scan(path: Path) -> Reader:
    """Read a log to its end without keeping its records.

    Raises:
        LogDamaged: see `Reader`.
    """
    reader = Reader(path)
    for _ in reader:
        pass
    return reader


def damage(path: Path, line: int, offset: int, problem: str) -> LogDamaged:
    """The error for a damaged log; it names the line and the byte where the damage begins."""
    return LogDamaged(
        f"{path}:{line + 1}: {problem} (byte {offset}). The log was altered or the disk damaged "
        f"it; the {line} records before are intact. Nothing was changed. "
        f"Restore the file from a copy; `sweep verify` says what is lost."
    )
