"""How a trial process ends: in the order in which an interpreter does, but for its memory.

Destroying modules and objects one by one takes longer than a short trial; the kernel takes them
all at once. How long the rest may take is decided from outside: `sweep.worker.trial_process`.
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

# An exit code that tells the template process to import torch, too, before the next fork.
USED_TORCH = 79

_inherited: list[Any] = []


def forget_inherited_hooks() -> None:
    """Drop what the template registered for its own end; to be called first in a forked process."""
    atexit._clear()
    finalizers: Any = weakref.finalize
    _inherited.append(
        finalizers._registry
    )  # to free it would copy all that it refers to
    finalizers._registry = {}
    finalizers._registered_with_atexit = (
        False  # so that the trial's own are registered again
    )
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
        with suppress(
            Exception
        ):  # a trainer may have set it to None, or to a file it closed
            stream.flush()
    os._exit(code)


def _attempt(step: Callable[[], object]) -> None:
    """Do one step; as in an interpreter, one that fails is printed and the next one is done."""
    try:
        step()
    except BaseException:  # noqa: BLE001  (the trial has ended, and its result is known)
        with suppress(BaseException):
            sys.excepthook(*sys.exc_info())
