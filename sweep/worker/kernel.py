"""Functions of the Linux kernel for the death of related processes; no-ops elsewhere."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from functools import cache
from pathlib import Path
from typing import Any

_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_SET_NAME = 15  # PR_SET_NAME
LINUX = sys.platform == "linux"


@cache
def _library() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process as soon as its parent dies.

    A forked child does not inherit this. The kernel watches the *thread* that started the process.

    Args:
        parent: id of the expected parent; if it is dead already, this process ends at once.
    """
    if LINUX:
        _library().prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def outlive_parent() -> None:
    """Undo `die_with_parent`."""
    if LINUX:
        _library().prctl(_DEATH_SIGNAL, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent dies (a subreaper)."""
    if LINUX:
        _library().prctl(_SUBREAPER, 1)


def pidfd(pid: int) -> int | None:
    """A descriptor that is readable once a process has ended; None: not supported here."""
    if not (LINUX and hasattr(os, "pidfd_open")):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:  # it has ended, or this kernel is too old
        return None


def children() -> list[int]:
    """Children of this process, including ended ones that are not reaped yet."""
    pids: list[int] = []
    for listed in Path("/proc/self/task").glob("*/children"):
        try:
            pids += map(int, listed.read_text().split())
        except OSError:  # the thread has ended
            continue
    return pids


def threads() -> list[str]:
    """The name of every thread of this process but the main one; empty where /proc is missing."""
    main_thread = str(os.getpid())
    names = []
    for folder in Path("/proc/self/task").glob("*"):
        if folder.name != main_thread:
            try:
                names.append((folder / "comm").read_text().strip())
            except OSError:  # it has ended
                continue
    return names


def name_process(name: str) -> None:
    """Set the name of this process in `ps` and `top`; 15 characters are used."""
    if LINUX:
        _library().prctl(_SET_NAME, name.encode()[:15], 0, 0, 0)
