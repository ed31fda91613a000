"""The lock that ensures that a log has only one writer."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import socket
import time
from pathlib import Path
from typing import Any

import orjson

from sweep.errors import StudyLocked, SweepError
from sweep.log.lines import Record

_PATIENCE = 1000  # attempts, one per millisecond, while only readers hold the lock


def take(fd: int, path: Path) -> None:
    """Lock an open log; the system releases the lock when the process ends in any way.

    Raises:
        StudyLocked: another process is writing; the message names it.
        SweepError: the file system has no locks.
    """
    for _ in range(_PATIENCE):
        if _locked(fd, fcntl.LOCK_EX, path):
            return
        if not _locked(fd, fcntl.LOCK_SH, path):
            break  # a writer holds it
        # A reader holds it for a moment, to test whether there is a writer.
        fcntl.flock(fd, fcntl.LOCK_UN)
        time.sleep(0.001)
    raise StudyLocked(
        f"the study in {path.parent} is being written by {_holder(path)}. "
        f"Watch it with `sweep status`, or stop that process first."
    )


def is_held(path: Path) -> bool:
    """Whether a process is writing this log now."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _locked(fd: int, kind: int, path: Path) -> bool:
    """Try to take the lock without waiting; return whether that worked."""
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise SweepError(
            f"cannot lock {path}: {error.strerror}. Its file system does not support locks (some "
            f"network mounts), so two processes could write the same study. "
            f"Use another file system: --results DIR"
        ) from error
    return True


def _holder(path: Path) -> str:
    """The holder of the lock: the process of the log's last session, unless it ended or died."""
    session = _last_session(path)
    pid, host = session.get("pid"), session.get("host")
    dead = host == socket.gethostname() and not _alive(pid)
    if session.get("event") != "session_started" or dead:
        return "another process that is just starting or ending"
    return f"process {pid} on {host}"


def _alive(pid: Any) -> bool:
    try:
        os.kill(pid, 0)
    except (
        ProcessLookupError,
        TypeError,
        OverflowError,
    ):  # the last two: a forged record
        return False
    except PermissionError:
        return True
    return True


def _last_session(path: Path) -> Record:
    """The last record that starts or ends a session, searched from the end of the log.

    So a long log need not be read before the process is refused.
    """
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # empty
            return {}
    at = len(data)
    while (at := data.rfind(b'"event":"session_', 0, at)) >= 0:
        try:
            record = orjson.loads(_line_around(data, at))
        except orjson.JSONDecodeError:  # being written, or damaged
            continue
        ends = ("session_started", "session_ended")
        if isinstance(record, dict) and record.get("event") in ends:
            return record
    return {}


def _line_around(data: mmap.mmap, at: int) -> bytes:
    end = data.find(b"\n", at)
    return data[data.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(data)]
