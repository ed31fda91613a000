"""Data sets kept between the trials of a process: a warm worker reads one once, not once a
trial.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock
from typing import TypeVar, cast

import numpy as np

MOST = 2  # data sets kept at a time: a study has one, rarely a second

T = TypeVar("T")
Stamps = tuple[tuple[str, int, int], ...]

_kept: dict[Hashable, tuple[Stamps, object]] = {}  # the one used last stands last
_lock = Lock()


def kept(read: Callable[[], T], path: Path | None, *settings: Hashable) -> T:
    """What `read()` returned the last time for this path and these settings, if the files are still
    the same.

    All trials of the process share it: nobody may change it. Files are the same while their names,
    sizes and times of change are. What raises is not kept.

    Args:
        read: reads the data set.
        path: the file or folder that is read, None where the data set does not come from the user's
            disk.
        settings: everything else that the result depends on.
    """
    key = (read.__module__, path, *settings)
    stamps = (
        _stamps(path) if path is not None else ()
    )  # before reading: a change meanwhile is seen next time
    with _lock:
        known = _kept.pop(key, None)
        if known is None or known[0] != stamps:
            known = None  # let go of the old one first, it may be large
            while len(_kept) >= MOST:
                _kept.pop(next(iter(_kept)))
            known = stamps, read()
        _kept[key] = known
        return cast(T, known[1])


def frozen(data: T) -> T:
    """A dataclass whose arrays can no longer be written to, for those that every trial copies what
    it needs from.
    """
    for value in vars(data).values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return data


def _stamps(path: Path) -> Stamps:
    """Name, size and time of change, in nanoseconds, of a file or of all files under a folder."""
    files = (
        sorted(file for file in path.rglob("*") if file.is_file())
        if path.is_dir()
        else [path]
    )
    try:
        abouts = [(str(file), file.stat()) for file in files]
    except OSError:  # it is not there, and whoever reads it says so better
        return ()
    return tuple((name, about.st_size, about.st_mtime_ns) for name, about in abouts)
