"""The event log, the study's only memory.

One JSON object per line, append-only, one writer. A line reads

    {"crc":"9f3a01c2","seq":17,"time":1763793600.123,"event":"trial_finished","trial":4,"state":"complete"}

`crc` is the CRC-32 of everything behind it, continued from the CRC of the line before: a lost,
repeated, swapped or altered line breaks the chain. A record is durable (written and fdatasync-ed)
before `append` returns, and nothing is acted upon before that.

A writer that was killed can leave an incomplete last line; it is cut by the next writer and never
was acted upon. Damage anywhere else is refused with its place, since guessing would change results.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson

from sweep import durable, no_links
from sweep.errors import CannotWrite, LogDamaged, StudyLocked, SweepError

FILE_NAME = no_links.LOG_NAME
Event = dict[str, Any]

_HEAD = b'{"crc":"'
_PATIENCE = 1000  # looks at the lock that a writer sits out, a millisecond each
_HEX = frozenset(b"0123456789abcdef")
_BODY_AT = len(_HEAD) + 8 + 2  # after the 8 hex digits and `",`
_CHUNK = 1 << 20  # bytes that are read and decoded at once


def encode(event: Mapping[str, Any], previous_crc: int) -> tuple[bytes, int]:
    """One line for `event`, chained to the line before it, and the line's own CRC.

    Raises:
        SweepError: a value has no JSON form, or is NaN or infinite, which JSON would turn into
            null.
    """
    body = _json(event)[1:]
    crc = zlib.crc32(body, previous_crc)
    return _HEAD + b"%08x" % crc + b'",' + body + b"\n", crc


def decode(line: bytes, previous_crc: int) -> tuple[Event, int] | None:
    """The event in one line (without its newline) and its CRC, or None if the line is not exactly what was written."""
    if not line.startswith(_HEAD) or line[_BODY_AT - 2 : _BODY_AT] != b'",':
        return None
    body = line[_BODY_AT:]
    crc = zlib.crc32(body, previous_crc)
    if line[len(_HEAD) : _BODY_AT - 2] != b"%08x" % crc:
        return None
    try:
        return orjson.loads(b"{" + body), crc
    except (
        orjson.JSONDecodeError
    ):  # a forged line: its checksum is right, and it was never written here
        return None


def _json(event: Mapping[str, Any]) -> bytes:
    try:
        text = orjson.dumps(event, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError:
        try:
            text = orjson.dumps(_readable_text(event), option=orjson.OPT_SERIALIZE_NUMPY)
        except orjson.JSONEncodeError as error:
            raise SweepError(f"event {event.get('event')!r} has no JSON form: {error}") from error
    if b"null" in text and (place := _lost(event, orjson.loads(text))) is not None:
        raise SweepError(
            f"event {event.get('event')!r} is not recorded: {place[1:]} is NaN or infinite"
        )
    return text


def _readable_text(value: Any) -> Any:
    """The same with lone surrogates (a file name or an error message that is not UTF-8) written as escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_readable_text(key): _readable_text(item) for key, item in value.items()}
    return [_readable_text(item) for item in value] if isinstance(value, list | tuple) else value


def _lost(value: Any, stored: Any) -> str | None:
    """Where `stored`, the JSON form of `value`, has a null that `value` has not; None: nowhere."""
    if stored is None:
        return None if value is None else ""
    if isinstance(stored, dict) and isinstance(value, Mapping):
        pairs = [(f".{key}", value[key], stored[key]) for key in value if key in stored]
    elif isinstance(stored, list):
        pairs = [(f"[{i}]", *pair) for i, pair in enumerate(zip(value, stored, strict=True))]
    else:
        return None
    found = ((key, _lost(item, kept)) for key, item, kept in pairs)
    return next((key + place for key, place in found if place is not None), None)


@dataclass(frozen=True)
class Replay:
    """What a log says.

    Attributes:
        events: in order; `events[i]["seq"] == i`.
        end: bytes up to and including the last complete line; what lies behind is an incomplete
            tail.
        crc: the last line's CRC, to chain the next line to.
        tail: bytes of the incomplete last line, 0 when the log ends cleanly.
    """

    events: list[Event]
    end: int
    crc: int
    tail: int


@dataclass(frozen=True)
class Place:
    """A boundary between two lines: how many there are before it, their bytes, and the CRC that the next continues."""

    count: int = 0
    end: int = 0
    crc: int = 0


class Reader:
    """Iterates over the events of a log, front to back, without holding them; the log may be
    growing meanwhile.

    Args:
        path: the log.
        begin: where to begin, as `place` of a reader of the same log says it; default its first
            line.

    Attributes:
        count, end, crc, tail: as in `Replay`, of what was read so far, which is a chunk at a time.

    Raises:
        LogDamaged: while iterating: a complete line is not what was written; the message names line
            and byte offset.
    """

    def __init__(self, path: Path, begin: Place | None = None):
        self.path = path
        first = begin or Place()
        self.count, self.end, self.crc = first.count, first.end, first.crc
        self.tail = 0

    @property
    def place(self) -> Place:
        """Where it is now."""
        return Place(self.count, self.end, self.crc)

    def __iter__(self) -> Iterator[Event]:
        with self.path.open("rb") as file:
            file.seek(self.end)
            rest = b""
            while data := file.read(_CHUNK):
                *lines, rest = (rest + data).split(b"\n")
                yield from self._together(lines) or self._one_by_one(lines)
        if rest:
            self._end_with(rest)

    def _together(self, lines: list[bytes]) -> list[Event] | None:
        """The events of sound lines, decoded at once, which takes a third of the time; None where one is not sound."""
        crc = self.crc
        heads = [b'{"crc":"%08x",' % (crc := zlib.crc32(line[_BODY_AT:], crc)) for line in lines]
        if not all(map(bytes.startswith, lines, heads)):
            return None
        try:
            events = (
                orjson.loads(b"[{" + b",{".join([line[_BODY_AT:] for line in lines]) + b"]")
                if lines
                else []
            )
        except orjson.JSONDecodeError:
            return None
        if [event.get("seq") for event in events] != list(
            range(self.count, self.count + len(lines))
        ):
            return None
        self.count, self.crc = self.count + len(lines), crc
        self.end += sum(map(len, lines)) + len(lines)
        return events

    def _one_by_one(self, lines: list[bytes]) -> Iterator[Event]:
        for line in lines:
            decoded = decode(line, self.crc)
            if decoded is None or decoded[0].get("seq") != self.count:
                raise _damage(
                    self.path, self.count, self.end, "the line does not match its checksum"
                )
            event, self.crc = decoded
            self.count += 1
            self.end += len(line) + 1
            yield event

    def _end_with(self, tail: bytes) -> None:
        # A torn write is shorter than its record. A whole record with a wrong byte for its newline
        # is no tear.
        if decode(tail[:-1], self.crc) is not None:
            place = self.end + len(tail) - 1
            raise _damage(self.path, self.count, place, "the last record's newline was altered")
        self.tail = len(tail)


def ends_at(path: Path, place: Place) -> bool:
    """Whether the line that ends at a place is the one it names: its number, and its link to the line before."""
    with path.open("rb") as file:
        lines = _lines_before(file, place.end, 2)
    if not lines:
        return place == Place()
    previous_crc = 0
    if place.count > 1:
        stated = lines[0][len(_HEAD) : _BODY_AT - 2]
        if len(lines) != 2 or len(stated) != 8 or not _HEX.issuperset(stated):
            return False
        previous_crc = int(stated, 16)
    elif len(lines) != 1:
        return False
    decoded = decode(lines[-1], previous_crc)
    if decoded is None:
        return False
    event, crc = decoded
    return crc == place.crc and event.get("seq") == place.count - 1


def _lines_before(file: BinaryIO, end: int, count: int) -> list[bytes]:
    """The last lines, at most `count`, of the first `end` bytes; none if those do not end in a newline."""
    data = b""
    begin = end
    while begin > 0 and data.count(b"\n") <= count:
        step = min(begin, 1 << 16)
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


def _damage(path: Path, line: int, offset: int, what: str) -> LogDamaged:
    return LogDamaged(
        f"{path}:{line + 1}: {what} (byte {offset}). The log was altered or the disk damaged it; the {line} records "
        f"before are intact. Nothing was changed. Restore the file from a copy; `sweep verify` says what is lost."
    )


def scan(path: Path) -> Reader:
    """Read a log to its end and keep nothing of it."""
    reader = Reader(path)
    for _ in reader:
        pass
    return reader


class EventLog:
    """The one writer of a study's log.

    Args:
        path: the log's file; its folder exists.
        read: reads the locked log to its end; a caller that wants the events takes them on the way.
        write, sync: the operating system's calls, replaceable so that a test can make them fail.

    Attributes:
        count: records in the log.
        cut: bytes of an incomplete last record that were cut when it was opened.

    Raises:
        StudyLocked: another process is writing; the message names it.
        LogDamaged: see `replay`.
        CannotWrite: it cannot be opened for writing.
    """

    def __init__(
        self,
        path: Path,
        *,
        read: Callable[[Path], Reader] = scan,
        write: Callable[[int, bytes], int] = durable.write,
        sync: Callable[[int], None] = durable.sync_data,
    ):
        self.path = path
        self._write, self._sync = write, sync
        created = not path.exists()
        self._fd = durable.open_to_append(path)
        try:
            self._lock()
            found = read(path)
            if not ends_at(path, Place(found.count, found.end, found.crc)):
                raise _damage(path, found.count, found.end, "the record before is not the one read")
            if found.tail:
                with durable.explained(path):
                    durable.truncate(self._fd, found.end)
                    self._sync(self._fd)
            if created:
                durable.sync_folder(path.parent)
        except BaseException:
            os.close(self._fd)
            raise
        self.count, self._end, self._crc = found.count, found.end, found.crc
        self.cut = found.tail
        self._failed = ""

    def append(self, *events: Mapping[str, Any]) -> list[Event]:
        """Make events durable, in one write and one sync, and return them as a reader of the log
        will see them.

        Raises:
            CannotWrite: the disk is full or failing. The log is put back to what it was, so that it
                stays readable.
            SweepError: an event has no JSON form; nothing was written.
        """
        if self._failed:
            raise CannotWrite(
                f"{self._failed} Half a record stays behind, which could not be put back; `sweep resume` cuts it."
            )
        now, crc = time.time(), self._crc
        recorded: list[Event] = []
        lines: list[bytes] = []
        for seq, event in enumerate(events, start=self.count):
            record: Event = {"seq": seq, "time": round(now, 3), **event}
            line, crc = encode(record, crc)
            recorded.append(
                orjson.loads(b"{" + line[_BODY_AT:])
            )  # living through it is replaying it, to the last type
            lines.append(line)
        block = b"".join(lines)
        try:
            self._write_all(block)
            self._sync(self._fd)
        except OSError as error:
            try:
                durable.truncate(self._fd, self._end)
            except OSError:
                self._failed = str(
                    durable.cannot_write(self.path, error)
                )  # what was written stays: nothing may follow
            raise durable.cannot_write(self.path, error) from error
        self._end += len(block)
        self._crc = crc
        self.count += len(recorded)
        return recorded

    def close(self) -> None:
        """Release the lock."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> EventLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def _write_all(self, block: bytes) -> None:
        view = memoryview(block)
        while view:
            view = view[self._write(self._fd, bytes(view)) :]

    def _lock(self) -> None:
        for _ in range(_PATIENCE):
            if _locked(self._fd, fcntl.LOCK_EX, self.path):
                return
            if not _locked(self._fd, fcntl.LOCK_SH, self.path):
                break  # a writer has it; what is locked beside others is a reader's look at the lock, over in no time
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            time.sleep(0.001)
        raise StudyLocked(
            f"the study in {self.path.parent} is being written by {_holder(self.path)}. "
            f"Watch it with `sweep status`, or stop that process first."
        )


def _locked(fd: int, kind: int, path: Path) -> bool:
    """Whether the lock could be had at once; it dies with the process, whatever ends that."""
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise SweepError(
            f"cannot lock {path}: {error.strerror}. Its file system knows no locks (some network mounts), and two "
            f"processes could write one study. Keep the studies elsewhere: --results DIR"
        ) from error
    return True


def is_held(path: Path) -> bool:
    """Whether a process is writing this log now."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _holder(path: Path) -> str:
    """Who holds the lock, as the last session in the log says; one that ended or died is not the holder."""
    last = _last_session(path)
    pid, host = last.get("pid"), last.get("host")
    if last.get("event") != "session_started" or (host == socket.gethostname() and not _alive(pid)):
        return "another process that is just starting or ending"
    return f"process {pid} on {host}"


def _alive(pid: Any) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, TypeError, OverflowError):  # the last two: a forged record
        return False
    except PermissionError:
        return True
    return True


def _last_session(path: Path) -> Event:
    """The last record that begins or ends a session, looked for from the end: a refusal waits for no long log."""
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # empty
            return {}
    at = len(data)
    while (at := data.rfind(b'"event":"session_', 0, at)) >= 0:
        try:
            found = orjson.loads(_line_around(data, at))
        except orjson.JSONDecodeError:  # being written, or damaged
            continue
        if isinstance(found, dict) and found.get("event") in ("session_started", "session_ended"):
            return found
    return {}


def _line_around(data: mmap.mmap, at: int) -> bytes:
    end = data.find(b"\n", at)
    return data[data.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(data)]
