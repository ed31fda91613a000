"""Undoes or reports a trial's changes to a process that other trials share.

For `resources.isolation: shared`. Most changes that research code makes to its process can be
undone; threads, child processes, open files and exit hooks cannot. Patches and module globals
(`sweep.worker.rebound`) are only reported, as they may be a cache that is meant to stay.
"""

from __future__ import annotations

import atexit
import gc
import locale
import logging
import multiprocessing
import os
import resource
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sweep.shortened import first_names
from sweep.worker import kernel, random_state
from sweep.worker.random_state import Before, Seeded
from sweep.worker.rebound import Bindings

_MOST_NAMED = 8  # names in one sentence
_MOST_FILES = 10  # open files that a trial may leave before it is noted


@dataclass(frozen=True)
class _Kind:
    """A kind of state, with functions to read it and to restore it."""

    read: Callable[[], Any]
    put_back: Callable[[Any], object]


class SharedProcess:
    """The state of a process before a trial.

    To be created in the thread that trains, since some state belongs to one thread.
    """

    def __init__(self) -> None:
        self._kinds = {**_OF_PYTHON, **_of_libraries()}
        self._before = {name: kind.read() for name, kind in self._kinds.items()}
        self._bindings = Bindings()
        self._left_before = _left()

    def put_back(self) -> list[str]:
        """Restore the state before the trial; sentences on what the trial had changed."""
        changed: list[str] = []
        stays: list[str] = []
        for name, before in self._before.items():
            if self._kinds[name].read() != before:
                self._kinds[name].put_back(before)
                still_differs = self._kinds[name].read() != before
                (stays if still_differs else changed).append(name)
        for name, count in _left().items():
            if count > self._left_before[name] + _ALLOWED[name]:
                stays.append(name)
        notices = []
        if changed:
            notices.append(
                f"the trial changed {', '.join(changed)} {_WHERE}; the old "
                "value was restored"
            )
        if stays:
            notices.append(f"the trial left {', '.join(stays)} {_WHERE}: {_AFFECTED}")
        rebound = self._bindings.changed()
        if rebound:
            replaced = first_names(rebound, _MOST_NAMED)
            notices.append(f"the trial replaced {replaced} {_WHERE}: {_AFFECTED}")
        return notices


# Trainer → the generators that its import in this process seeded.
_seeded: dict[tuple[str, str], Seeded] = {}


def fresh_random_states(trainer: tuple[str, str], before: Before) -> None:
    """Set the random generators as after a trainer's import in a new process.

    Args:
        trainer: its name in the study, and the folder that its path starts from.
        before: the states before the trainer was imported.
    """
    if trainer not in _seeded:
        _seeded[trainer] = random_state.seeded_since(before)
    random_state.begin_afresh(_seeded[trainer])


_ALLOWED = {
    "threads": 0,
    "child processes": 0,
    "open files": _MOST_FILES,
    "exit hooks": 0,
}
_WHERE = "of the process that trials share (resources.isolation: shared)"
_AFFECTED = "later trials of that worker may be affected"


def _left() -> dict[str, int]:
    """Counts of what cannot be undone."""
    try:
        files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    except OSError:
        files = 0
    return {
        "threads": threading.active_count(),
        "child processes": len(kernel.children()),
        "open files": files,
        "exit hooks": atexit._ncallbacks(),
    }


def _read_umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def _set_environment(variables: dict[str, str]) -> None:
    """Make the environment variables equal to these."""
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    os.environ.update(variables)


def _set_filters(filters: list[Any]) -> None:
    """Make the filters of warnings equal to these."""
    warnings.filters[:] = filters  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]


def _read_logging() -> tuple[Any, ...]:
    """The handlers and the level of the root logger, and the level that is disabled."""
    root = logging.getLogger()
    return list(root.handlers), root.level, logging.root.manager.disable


def _set_logging(state: tuple[Any, ...]) -> None:
    """Set what `_read_logging` returned."""
    root = logging.getLogger()
    root.handlers[:], root.level = state[0], state[1]
    logging.disable(state[2])


def _set_collection(enabled: bool) -> None:
    gc.enable() if enabled else gc.disable()


def _limits() -> tuple[tuple[int, int], ...]:
    """The limits on open files and on memory."""
    return resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(
        resource.RLIMIT_AS
    )


def _set_limits(limits: tuple[tuple[int, int], ...]) -> None:
    """Set what `_limits` returned."""
    resource.setrlimit(resource.RLIMIT_NOFILE, limits[0])
    resource.setrlimit(resource.RLIMIT_AS, limits[1])


def _set_priority(niceness: int) -> None:
    """Set the niceness of this process, if that is permitted."""
    with suppress(PermissionError):  # raising the priority needs a privilege
        os.setpriority(os.PRIO_PROCESS, 0, niceness)


_OF_PYTHON: dict[str, _Kind] = {
    "the working folder": _Kind(os.getcwd, os.chdir),
    "environment variables": _Kind(lambda: dict(os.environ), _set_environment),
    "the umask": _Kind(_read_umask, os.umask),
    "sys.stdout": _Kind(
        lambda: sys.stdout, lambda stream: setattr(sys, "stdout", stream)
    ),
    "sys.stderr": _Kind(
        lambda: sys.stderr, lambda stream: setattr(sys, "stderr", stream)
    ),
    "the exception hook": _Kind(
        lambda: sys.excepthook, lambda hook: setattr(sys, "excepthook", hook)
    ),
    "warning filters": _Kind(lambda: list(warnings.filters), _set_filters),
    "logging": _Kind(_read_logging, _set_logging),
    "the recursion limit": _Kind(sys.getrecursionlimit, sys.setrecursionlimit),
    "garbage collection": _Kind(gc.isenabled, _set_collection),
    "the locale": _Kind(
        lambda: locale.setlocale(locale.LC_ALL),
        lambda name: locale.setlocale(locale.LC_ALL, name),
    ),
    "the socket timeout": _Kind(socket.getdefaulttimeout, socket.setdefaulttimeout),
    "the start method of multiprocessing": _Kind(
        lambda: multiprocessing.get_start_method(allow_none=True),
        lambda name: multiprocessing.set_start_method(name, force=True),
    ),
    "resource limits": _Kind(_limits, _set_limits),
    "the priority": _Kind(lambda: os.nice(0), _set_priority),
}


def _of_libraries() -> dict[str, _Kind]:
    """State of the libraries that are imported already."""
    kinds: dict[str, _Kind] = {}
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    matplotlib = sys.modules.get("matplotlib")
    if torch is not None:
        kinds |= _of_torch(torch)
    if numpy is not None:
        kinds["numpy's print options"] = _Kind(
            numpy.get_printoptions, lambda options: numpy.set_printoptions(**options)
        )
    if matplotlib is not None:
        kinds["matplotlib's settings"] = _Kind(
            lambda: dict(matplotlib.rcParams), matplotlib.rcParams.update
        )
    return kinds


def _of_torch(torch: Any) -> dict[str, _Kind]:
    """The settings of torch that a trial may leave changed, each with its reader and setter."""
    cudnn = torch.backends.cudnn
    return {
        "torch's default dtype": _Kind(
            torch.get_default_dtype, torch.set_default_dtype
        ),
        "torch's default device": _Kind(
            torch.get_default_device, torch.set_default_device
        ),
        "torch's grad mode": _Kind(torch.is_grad_enabled, torch.set_grad_enabled),
        "torch's deterministic mode": _Kind(
            torch.are_deterministic_algorithms_enabled,
            torch.use_deterministic_algorithms,
        ),
        "torch's cuDNN flags": _Kind(
            lambda: (cudnn.benchmark, cudnn.deterministic), _set_cudnn
        ),
    }


def _set_cudnn(flags: tuple[bool, bool]) -> None:
    """Set cuDNN's flags: benchmark, deterministic."""
    cudnn = sys.modules["torch"].backends.cudnn
    cudnn.benchmark, cudnn.deterministic = flags
