"""Ends a trial process: the steps of an interpreter's exit, without freeing its memory.

Destroying modules and objects one by one takes longer than a short trial; the kernel frees them
all at once. `sweep.worker.trial_process` limits the time of the other steps.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

# An exit code that tells the template process to import torch before the next fork.
USED_TORCH = 79

_inherited: list[Any] = []


def forget_inherited_hooks() -> None:
    """Drop the template's exit hooks; to be called first in a forked process."""
    atexit._clear()
    finalizers: Any = weakref.finalize
    # Kept: freeing the registry would copy the memory pages of all that it refers to.
    _inherited.append(finalizers._registry)
    finalizers._registry = {}
    # So that the first finalizer of the trial registers the exit hook again.
    finalizers._registered_with_atexit = False
    processes = sys.modules.get("multiprocessing.util")
    if processes is not None:
        processes._finalizer_registry.clear()


def leave(code: int) -> NoReturn:
    """End this process: wait for its threads, run its exit hooks, end its worker processes."""
    _attempt(threading._shutdown)  # type: ignore[attr-defined]
    _attempt(atexit._run_exitfuncs)
    processes = sys.modules.get("multiprocessing.util")
    if processes is not None:
        _attempt(processes._exit_function)
    logging = sys.modules.get("logging")
    if logging is not None:
        _attempt(logging.shutdown)
    for stream in (sys.stdout, sys.stderr):
        # A trainer may have set the stream to None, or to a file that it closed.
        with suppress(Exception):
            stream.flush()
    os._exit(code)


def _attempt(step: Callable[[], object]) -> None:
    """Do one step; as in an interpreter, a failure is printed and the next step follows."""
    try:
        step()
    except BaseException:  # noqa: BLE001  (the trial has ended, and its result is known)
        with suppress(BaseException):
            sys.excepthook(*sys.exc_info())
