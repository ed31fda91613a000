"""Ends processes that a trial left running.

A template process adopts the orphans of its trials, also those that called `setsid`, which a kill
of the process group would miss. They are among its children, and ended.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from sweep.watchdog import GRACE
from sweep.worker import kernel

_MOMENT = 1.0  # seconds for a resource tracker to clean /dev/shm after a killed process
_PATIENCE = 10.0  # seconds for the kernel to end killed processes
_LONGEST_GRACE = 600.0
_POLL = 0.002
_TRACKER = b"resource_tracker"


def end_orphans() -> int:
    """End and reap all descendants of this process; their number.

    A resource tracker (of multiprocessing or joblib) removes its process's semaphores and shared
    memory and then ends by itself: it is given a second. The supervisor of a program is given the
    time that the program may take to save. All other processes are killed at once.
    """
    began = time.monotonic()
    ended: set[int] = set()
    patience: dict[int, float] = {}
    while living := _living():
        waited = time.monotonic() - began
        for pid in living:
            grace = patience.setdefault(pid, _grace(pid))
            if waited >= grace:
                _kill(pid)
        ended.update(living)
        if waited > max(patience.values()) + _PATIENCE:
            break  # it waits for a dead disk; nothing ends it
        time.sleep(_POLL)
    return len(ended)


def _living() -> list[int]:
    """Reap children that have ended; the ids of the others."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return []
        if pid == 0:
            return kernel.children()


def _grace(pid: int) -> float:
    """Seconds that a process is given before it is killed."""
    folder = Path(f"/proc/{pid}")
    try:
        command = (folder / "cmdline").read_bytes()
        environment = (folder / "environ").read_bytes()
    except OSError:
        return 0.0
    if _TRACKER in command:
        return _MOMENT
    for pair in environment.split(b"\0"):
        name, _, value = pair.partition(b"=")
        if name == GRACE.encode():
            try:
                return min(float(value), _LONGEST_GRACE)
            except ValueError:
                return 0.0
    return 0.0


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
