"""What a trial changed in a process that other trials share: put back, or at least noted.

For `resources.isolation: shared`. Most of what research code changes in its process can be put
back; threads, child processes and open files cannot, nor can patches and module globals, which
nobody can tell from a cache that is meant to stay.
"""

from __future__ import annotations

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
from dataclasses import dataclass
from typing import Any

from sweep.worker import kernel

_MOST_FILES = 10  # open files that a trial may leave before it is noted


@dataclass(frozen=True)
class _Kind:
    """A kind of state: how it is read, and how it is put back."""

    read: Callable[[], Any]
    put_back: Callable[[Any], object]


class SharedProcess:
    """Remembers what a process was like before a trial.

    In the thread that trains: some of it belongs to a thread alone.
    """

    def __init__(self) -> None:
        self._kinds = {**_OF_PYTHON, **_of_libraries()}
        self._before = {name: kind.read() for name, kind in self._kinds.items()}
        self._left_before = _left()

    def put_back(self) -> list[str]:
        """Put back what was changed; sentences on what it was."""
        changed = []
        for name, before in self._before.items():
            if self._kinds[name].read() != before:
                self._kinds[name].put_back(before)
                changed.append(name)
        said = []
        if changed:
            said.append(
                f"the trial changed {', '.join(changed)} of the process that trials share "
                f"(resources.isolation: shared); it was put back"
            )
        left = _left()
        grown = [n for n, count in left.items() if count > self._left_before[n] + _ALLOWED[n]]
        if grown:
            said.append(
                f"the trial left {', '.join(grown)} in the process that trials share "
                f"(resources.isolation: shared): later trials of that worker may be affected"
            )
        return said


_ALLOWED = {"threads": 0, "child processes": 0, "open files": _MOST_FILES}


def _left() -> dict[str, int]:
    """How much there is of what cannot be taken back."""
    try:
        files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    except OSError:
        files = 0
    return {
        "threads": threading.active_count(),
        "child processes": len(kernel.children()),
        "open files": files,
    }


def _read_umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def _set_environment(variables: dict[str, str]) -> None:
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    os.environ.update(variables)


def _set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]


def _read_logging() -> tuple[Any, ...]:
    root = logging.getLogger()
    return list(root.handlers), root.level, logging.root.manager.disable


def _set_logging(state: tuple[Any, ...]) -> None:
    root = logging.getLogger()
    root.handlers[:], root.level = state[0], state[1]
    logging.disable(state[2])


def _set_collection(enabled: bool) -> None:
    gc.enable() if enabled else gc.disable()


def _limits() -> tuple[tuple[int, int], ...]:
    return resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_AS)


def _set_limits(limits: tuple[tuple[int, int], ...]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, limits[0])
    resource.setrlimit(resource.RLIMIT_AS, limits[1])


_OF_PYTHON: dict[str, _Kind] = {
    "the working folder": _Kind(os.getcwd, os.chdir),
    "environment variables": _Kind(lambda: dict(os.environ), _set_environment),
    "the umask": _Kind(_read_umask, os.umask),
    "sys.stdout": _Kind(lambda: sys.stdout, lambda stream: setattr(sys, "stdout", stream)),
    "sys.stderr": _Kind(lambda: sys.stderr, lambda stream: setattr(sys, "stderr", stream)),
    "the exception hook": _Kind(
        lambda: sys.excepthook, lambda hook: setattr(sys, "excepthook", hook)
    ),
    "warning filters": _Kind(lambda: list(warnings.filters), _set_filters),
    "logging": _Kind(_read_logging, _set_logging),
    "the recursion limit": _Kind(sys.getrecursionlimit, sys.setrecursionlimit),
    "garbage collection": _Kind(gc.isenabled, _set_collection),
    "the locale": _Kind(
        lambda: locale.setlocale(locale.LC_ALL), lambda name: locale.setlocale(locale.LC_ALL, name)
    ),
    "the socket timeout": _Kind(socket.getdefaulttimeout, socket.setdefaulttimeout),
    "the start method of multiprocessing": _Kind(
        lambda: multiprocessing.get_start_method(allow_none=True),
        lambda name: multiprocessing.set_start_method(name, force=True),
    ),
    "resource limits": _Kind(_limits, _set_limits),
}


def _of_libraries() -> dict[str, _Kind]:
    """State of libraries that are imported by now."""
    found: dict[str, _Kind] = {}
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    matplotlib = sys.modules.get("matplotlib")
    if torch is not None:
        found |= {
            "torch's default dtype": _Kind(torch.get_default_dtype, torch.set_default_dtype),
            "torch's default device": _Kind(torch.get_default_device, torch.set_default_device),
            "torch's grad mode": _Kind(torch.is_grad_enabled, torch.set_grad_enabled),
            "torch's deterministic mode": _Kind(
                torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms
            ),
            "torch's cuDNN flags": _Kind(
                lambda: (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
                _set_cudnn,
            ),
        }
    if numpy is not None:
        found["numpy's print options"] = _Kind(
            numpy.get_printoptions, lambda options: numpy.set_printoptions(**options)
        )
    if matplotlib is not None:
        found["matplotlib's settings"] = _Kind(
            lambda: dict(matplotlib.rcParams), matplotlib.rcParams.update
        )
    return found


def _set_cudnn(flags: tuple[bool, bool]) -> None:
    cudnn = sys.modules["torch"].backends.cudnn
    cudnn.benchmark, cudnn.deterministic = flags
