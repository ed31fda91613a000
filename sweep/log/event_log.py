"""The event log, the study's only state: one JSON object a line, append-only, one writer.

A record is durable (written and fdatasync-ed) before `append` returns, and no code acts on it
earlier. `lines` defines the format of a line, `reader` reads lines, `lock` excludes other writers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from sweep import durable, no_links
from sweep.errors import CannotWrite
from sweep.log import lock
from sweep.log.lines import Record, as_read, encode
from sweep.log.reader import Reader, damage, ends_at, scan

FILE_NAME = no_links.LOG_NAME


class EventLog:
    """The one writer of a study's log.

    Args:
        path: the log's file; its folder exists.
        read: reads the locked log to its end; a caller can collect the records in it.
        write, sync: system calls, replaceable so that a test can make them fail.

    Attributes:
        count: number of records in the log.
        cut: bytes of an incomplete last record that were removed when the log was opened.

    Raises:
        StudyLocked: another process is writing; the message names it.
        LogDamaged: see `sweep.log.reader.Reader`.
        CannotWrite: the log cannot be opened for writing.
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
            lock.take(self._fd, path)
            before = read(path)
            if not ends_at(path, before.position):
                problem = "the last record changed while the log was being opened"
                raise damage(path, before.count, before.end, problem)
            if before.tail:
                with durable.explained(path):
                    durable.truncate(self._fd, before.end)
                    self._sync(self._fd)
            if created:
                durable.sync_folder(path.parent)
        except BaseException:
            os.close(self._fd)
            raise
        self.count, self._end, self._crc = before.count, before.end, before.crc
        self.cut = before.tail
        self._failed = ""

    def append(self, *events: Mapping[str, Any]) -> list[Record]:
        """Append events durably, in one write and one sync.

        Args:
            events: JSON objects, each with `event` and the event's fields.

        Returns:
            Their records, as a reader of the log will see them.

        Raises:
            CannotWrite: the disk is full or failing. The log is truncated to its former length, so
                that it stays readable.
            SweepError: an event has no JSON form; nothing was written.
        """
        if self._failed:
            raise CannotWrite(
                f"{self._failed} An incomplete record could not be removed; "
                f"`sweep resume` removes it."
            )
        now, crc = time.time(), self._crc
        lines: list[bytes] = []
        for seq, event in enumerate(events, start=self.count):
            line, crc = encode({"seq": seq, "time": round(now, 3), **event}, crc)
            lines.append(line)
        records = [as_read(line) for line in lines]
        self._write_durably(b"".join(lines))
        self._crc = crc
        self.count += len(records)
        return records

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

    def _write_durably(self, block: bytes) -> None:
        try:
            rest = memoryview(block)
            while rest:
                rest = rest[self._write(self._fd, bytes(rest)) :]
            self._sync(self._fd)
        except OSError as error:
            try:
                durable.truncate(self._fd, self._end)
            except OSError:
                # The incomplete record stays, so no further record may be appended.
                self._failed = str(durable.cannot_write(self.path, error))
            raise durable.cannot_write(self.path, error) from error
        self._end += len(block)
