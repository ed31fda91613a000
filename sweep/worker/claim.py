"""A lock on a trial's folder, so that one process at a time writes there.

Two attempts at one trial may overlap: a paused attempt still saves while another worker continues
the trial, or a worker was killed and processes that its trial had forked (of a DataLoader, say)
live on for a moment. The lock is released when the last process that holds it ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from sweep import durable

PATIENCE = 20.0  # seconds; the watchdog ends a dead driver's processes within ten
_POLL = 0.05
_kept: list[int] = []  # descriptors of the folders that this process has locked


class Claim:
    """A lock on a folder, held until `release` or the end of this process and its forks.

    Args:
        descriptor: of the locked folder; None: the file system has no such locks.
    """

    def __init__(self, descriptor: int | None):
        self._descriptor = descriptor
        self._folder = None if descriptor is None else _identity(descriptor)
        if descriptor is not None:
            _kept.append(descriptor)

    def release(self) -> None:
        """Release the lock, for forked processes that live on as well."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        _kept.remove(descriptor)
        # A trainer may have closed a descriptor that is not its own.
        if _identity(descriptor) != self._folder:
            return
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def claim(folder: Path, patience: float = PATIENCE) -> Claim | None:
    """Wait until no other process trains in the folder, and lock it.

    A file system without locks on folders (some network file systems) makes nothing wait.

    Args:
        patience: seconds.

    Returns:
        None: another process still holds the lock.

    Raises:
        CannotWrite: the folder cannot be made.
    """
    until = time.monotonic() + patience
    while True:
        durable.make_folder(folder)
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return Claim(None)
        locked = _lock(descriptor, until)
        if locked is None:
            os.close(descriptor)
            return Claim(None)
        if not locked:
            os.close(descriptor)
            return None
        if _is_still(folder, descriptor):
            return Claim(descriptor)
        os.close(descriptor)  # the previous holder removed the folder as it ended


def kept() -> tuple[int, ...]:
    """Descriptors of the folders that this process has locked, for a program to inherit."""
    return tuple(_kept)


def _lock(descriptor: int, until: float) -> bool | None:
    """Whether the folder was locked in time; None: the file system has no such locks."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(_POLL)
        except OSError:
            return None
        else:
            return True


def _is_still(folder: Path, descriptor: int) -> bool:
    """Whether a path leads to the folder that a descriptor has open."""
    try:
        current = folder.stat()
    except OSError:
        return False
    return (current.st_dev, current.st_ino) == _identity(descriptor)


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        about = os.fstat(descriptor)
    except OSError:
        return None
    return about.st_dev, about.st_ino
