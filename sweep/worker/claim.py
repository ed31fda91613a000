"""A trial's folder belongs to one process at a time.

Two attempts at one trial may meet: one that was told to pause still saves while another worker goes
on with the trial, or a worker was killed and what its trial had forked (a DataLoader's processes,
say) lives on for a moment. The lock on the folder goes with the last process that holds it.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from sweep import durable

PATIENCE = 20.0  # seconds; the watchdog has ended what a driver left within ten
_POLL = 0.05
_kept: list[int] = []  # descriptors of the folders that this process keeps


class Claim:
    """A folder that is kept until this process and those that it forks have ended, or `release`.

    Args:
        descriptor: of the folder, locked; None: nothing is kept, there are no such locks.
    """

    def __init__(self, descriptor: int | None):
        self._descriptor = descriptor
        self._folder = None if descriptor is None else _identity(descriptor)
        if descriptor is not None:
            _kept.append(descriptor)

    def release(self) -> None:
        """Leave the folder, forked processes that live on included."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        _kept.remove(descriptor)
        if (
            _identity(descriptor) != self._folder
        ):  # a trainer closed what is not its own
            return
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def claim(folder: Path, patience: float = PATIENCE) -> Claim | None:
    """Wait until nobody else trains in the folder, and keep it.

    Where the file system has no locks on folders (some network file systems), nothing is waited
    for.

    Args:
        patience: seconds.

    Returns:
        None: another process keeps it.

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
        os.close(descriptor)  # the one before removed it when it left


def kept() -> tuple[int, ...]:
    """Descriptors of the folders that this process keeps, for a program that it starts for one."""
    return tuple(_kept)


def _lock(descriptor: int, until: float) -> bool | None:
    """Whether the folder was locked in time; None: it cannot be."""
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
        there = folder.stat()
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == _identity(descriptor)


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        about = os.fstat(descriptor)
    except OSError:
        return None
    return about.st_dev, about.st_ino
