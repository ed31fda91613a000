"""What Linux does for a process when another one dies; elsewhere these do nothing."""

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

    The kernel forgets this at each fork. It follows the *thread* that started the process.

    Args:
        parent: which process that should be; if it is dead already, this process ends here.
    """
    if LINUX:
        _library().prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def outlive_parent() -> None:
    """Take `die_with_parent` back."""
    if LINUX:
        _library().prctl(_DEATH_SIGNAL, 0)


def adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent dies (a subreaper)."""
    if LINUX:
        _library().prctl(_SUBREAPER, 1)


def pidfd(pid: int) -> int | None:
    """A descriptor that is readable once a process has ended; None where there is no such thing."""
    if not (LINUX and hasattr(os, "pidfd_open")):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:  # it has ended, or this kernel is too old
        return None


def children() -> list[int]:
    """Processes whose parent is this one, those that have ended and wait to be reaped included."""
    found: list[int] = []
    for listed in Path("/proc/self/task").glob("*/children"):
        try:
            found += map(int, listed.read_text().split())
        except OSError:  # the thread has ended
            continue
    return found


def threads() -> list[str]:
    """The name of every thread of this process but the main one; empty where /proc is missing."""
    own = str(os.getpid())
    found = []
    for folder in Path("/proc/self/task").glob("*"):
        if folder.name != own:
            try:
                found.append((folder / "comm").read_text().strip())
            except OSError:  # it has ended
                continue
    return found


def name_process(name: str) -> None:
    """What `ps` and `top` call this process, the first 15 characters of it."""
    if LINUX:
        _library().prctl(_SET_NAME, name.encode()[:15], 0, 0, 0)
