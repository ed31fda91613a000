"""Data sets that stay in memory between the trials of a process, so that each is read once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock
from typing import TypeVar, cast

import numpy as np

MOST = 2  # data sets in memory: a study has one, rarely a second

T = TypeVar("T")
Stamps = tuple[tuple[str, int, int], ...]

_kept: dict[Hashable, tuple[Stamps, object]] = {}  # ordered by the time of the last use
_lock = Lock()


def kept(read: Callable[[], T], path: Path | None, *settings: Hashable) -> T:
    """Return what `read()` last returned for this path and these settings, or call it.

    `read` is called again if the names, sizes or modification times of the files have changed. All
    trials of the process share the result and must not change it. A call that raises leaves
    nothing in memory.

    Args:
        read: reads the data set.
        path: the file or folder that is read; None if the data set does not come from the user's
            disk.
        settings: everything else that the result depends on.
    """
    key = (read.__module__, path, *settings)
    # Taken before reading: a change during the read then leads to a new read next time.
    stamps = _stamps(path) if path is not None else ()
    with _lock:
        entry = _kept.pop(key, None)
        if entry is None or entry[0] != stamps:
            entry = None  # frees the old data set, which may be large, before the read
            while len(_kept) >= MOST:
                _kept.pop(next(iter(_kept)))
            entry = stamps, read()
        _kept[key] = entry
        return cast(T, entry[1])


def frozen(data: T) -> T:
    """Return the dataclass with its arrays read-only; trials copy what they change."""
    for value in vars(data).values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return data


def _stamps(path: Path) -> Stamps:
    """Return name, size and modification time (ns) of a file, or of all files in a folder."""
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
    stamps = []
    for file in files:
        try:
            status = file.stat()
        except OSError:  # the file is missing; reading it raises the better message
            return ()
        stamps.append((str(file), status.st_size, status.st_mtime_ns))
    return tuple(stamps)
