"""A trial's folder belongs to one process at a time.

When a worker and its template are killed at the same moment, a process that the trial had forked
(of a DataLoader, say) may live on for a moment. The lock on the folder goes with the last of them.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from sweep import durable

PATIENCE = 20.0  # seconds; the watchdog has ended what a driver left within ten
_POLL = 0.05


def claim(folder: Path) -> bool:
    """Wait until nobody else trains in the folder, and keep it until this process has ended.

    Where the file system has no locks on folders (some network file systems), nothing is waited
    for.

    Returns:
        False: another process keeps it.

    Raises:
        CannotWrite: the folder cannot be made.
    """
    durable.make_folder(folder)
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return True
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(handle)
                return False
            time.sleep(_POLL)
        except OSError:
            os.close(handle)
            return True
        else:
            return True
