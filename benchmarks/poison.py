"""A trainer that changes the state of its process in every way that research code does.

    trainer: benchmarks/poison.py:train
    parameters: {poison: {values: [before, all, after]}}

A trial with `poison: all` changes each kind of state in `KINDS`. Every trial first writes the state
that it finds to `state.json` in its folder, so that the state of two trials can be compared.
"""

import atexit
import builtins
import decimal
import gc
import json
import locale
import logging
import multiprocessing
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import torch

KEEP: list[Any] = []  # a module global, such as a cache
SLEEP = "86399"  # seconds; identifies the child process that a trial leaves behind
HOME = Path.cwd()
MOST_DESCRIPTORS = 512


class _Tee:
    """A replacement of `sys.stdout`."""

    def __init__(self, file: Any):
        self.file = file

    def write(self, text: str) -> int:
        return int(self.file.write(text))

    def flush(self) -> None:
        self.file.flush()


def _patched(*arguments: Any, **options: Any) -> None:
    """Raise an error: a patched function that another trial has left."""
    raise RuntimeError("patched by another trial")


def _children() -> int:
    """Return the number of child processes that a trial left behind."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            count += SLEEP in (folder / "cmdline").read_text()
        except OSError:
            continue
    return count


def _threads() -> int:
    """Return the number of threads that a trial left behind."""
    return sum(thread.name == "left behind" for thread in threading.enumerate())


def _leave_thread() -> None:
    """Start a thread that outlives the trial."""
    threading.Thread(
        target=time.sleep, args=(86_400,), name="left behind", daemon=True
    ).start()


def _open_files() -> int:
    """Return the number of open files on /dev/null, without the three standard ones."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        count += int(descriptor.name) > 2 and target == "/dev/null"
    return count


def _set(name: str, value: Any, of: Any) -> Callable[[], None]:
    """Return a function that sets an attribute."""
    return lambda: setattr(of, name, value)


def _lower_limit() -> None:
    """Lower the limit of open files."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, _hard_limit()))


def _hard_limit() -> int:
    """Return the hard limit of open files."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def _umask() -> int:
    """Return the umask, which can only be read by setting it."""
    umask = os.umask(0)
    os.umask(umask)
    return umask


# Kind of state → a function that changes it, and one that returns it.
KINDS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "default dtype": (
        lambda: torch.set_default_dtype(torch.float64),
        lambda: str(torch.get_default_dtype()),
    ),
    "default device": (
        lambda: torch.set_default_device("meta"),
        lambda: str(torch.ones(1).device),
    ),
    "deterministic mode": (
        lambda: torch.use_deterministic_algorithms(True),
        torch.are_deterministic_algorithms_enabled,
    ),
    "grad mode": (lambda: torch.set_grad_enabled(False), torch.is_grad_enabled),
    "torch threads": (lambda: torch.set_num_threads(7), torch.get_num_threads),
    "torch random state": (
        lambda: torch.manual_seed(11),
        lambda: torch.initial_seed() == 11,
    ),
    "numpy random state": (
        lambda: np.random.seed(11),  # noqa: NPY002
        lambda: int(np.random.get_state()[1][0]) == 11,  # noqa: NPY002
    ),
    "python random state": (
        lambda: random.seed(11),
        lambda: random.getstate()[1][0] == random.Random(11).getstate()[1][0],
    ),
    "numpy print options": (
        lambda: np.set_printoptions(precision=2),
        lambda: np.get_printoptions()["precision"],
    ),
    "environment": (
        lambda: os.environ.update(LEFT_BEHIND="1"),
        lambda: os.environ.get("LEFT_BEHIND"),
    ),
    "working folder": (lambda: os.chdir("/"), lambda: Path.cwd() == HOME),
    "umask": (lambda: os.umask(0o077), _umask),
    "sys.path": (
        lambda: sys.path.insert(0, "/left/behind"),
        lambda: "/left/behind" in sys.path,
    ),
    "sys.argv": (lambda: sys.argv.append("--left"), lambda: len(sys.argv)),
    "sys.stdout": (
        lambda: setattr(sys, "stdout", _Tee(sys.stdout)),
        lambda: type(sys.stdout).__name__,
    ),
    "sys.stderr": (_set("stderr", None, sys), lambda: type(sys.stderr).__name__),
    "exception hook": (
        _set("excepthook", _patched, sys),
        lambda: sys.excepthook is _patched,
    ),
    "a patched method": (
        _set("extra_repr", _patched, torch.nn.Linear),
        lambda: torch.nn.Linear.extra_repr is _patched,
    ),
    "a patched builtin": (
        _set("breakpoint", _patched, builtins),
        lambda: builtins.breakpoint is _patched,
    ),
    "module globals": (lambda: KEEP.append(1), lambda: len(KEEP)),
    "imported modules": (
        lambda: sys.modules.__setitem__("left_behind", sys),
        lambda: "left_behind" in sys.modules,
    ),
    "warning filters": (
        lambda: warnings.simplefilter("error", UserWarning),
        lambda: ("error", None, UserWarning, None, 0) in warnings.filters,
    ),
    "logging handlers": (
        lambda: logging.getLogger().addHandler(logging.NullHandler()),
        lambda: len(logging.getLogger().handlers),
    ),
    "logging level": (
        lambda: logging.disable(logging.CRITICAL),
        lambda: logging.root.manager.disable,
    ),
    "recursion limit": (lambda: sys.setrecursionlimit(1234), sys.getrecursionlimit),
    "garbage collection": (gc.disable, gc.isenabled),
    "decimal precision": (
        lambda: setattr(decimal.getcontext(), "prec", 5),
        lambda: decimal.getcontext().prec,
    ),
    "matplotlib's backend": (
        lambda: matplotlib.use("svg", force=True),
        lambda: str(matplotlib.rcParams["backend"]),
    ),
    "matplotlib's settings": (
        lambda: matplotlib.rcParams.update({"font.size": 31}),
        lambda: matplotlib.rcParams["font.size"],
    ),
    "locale": (
        lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8"),
        lambda: locale.setlocale(locale.LC_ALL),
    ),
    "start method": (
        lambda: multiprocessing.set_start_method("spawn", force=True),
        lambda: multiprocessing.get_start_method(allow_none=True),
    ),
    "socket timeout": (lambda: socket.setdefaulttimeout(3), socket.getdefaulttimeout),
    "resource limits": (
        _lower_limit,
        lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0] == MOST_DESCRIPTORS,
    ),
    "priority": (lambda: os.nice(1), lambda: os.nice(0)),
    "signal handlers": (
        lambda: signal.signal(signal.SIGUSR2, signal.SIG_IGN),
        lambda: signal.getsignal(signal.SIGUSR2) == signal.SIG_IGN,
    ),
    "exit hooks": (lambda: atexit.register(print, "left behind"), atexit._ncallbacks),
    "open files": (
        lambda: KEEP.extend(Path("/dev/null").open() for _ in range(20)),  # noqa: SIM115
        lambda: _open_files() >= 20,
    ),
    "threads": (_leave_thread, _threads),
    "child processes": (
        lambda: KEEP.append(subprocess.Popen(["sleep", SLEEP], start_new_session=True)),
        _children,
    ),
}


def state() -> dict[str, Any]:
    """Return the state of the process, by kind."""
    return {kind: look() for kind, (_, look) in KINDS.items()}


def train(config: dict[str, Any], run: Any) -> None:
    """Write the state of the process, change it for `poison: all`, and report one epoch."""
    text = json.dumps(state(), indent=1)
    (Path(run.folder) / "state.json").write_text(text)
    if config["poison"] == "all":
        for change, _ in KINDS.values():
            change()
    for epoch in range(run.proceed(), 1):
        if run.report(epoch, {"m": 1.0}):
            break
