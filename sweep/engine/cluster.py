"""Starts, joins and ends the Ray cluster that trials run on."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import ray
from ray._private import utils

from sweep.engine.joining import join
from sweep.engine.starting import start
from sweep.provenance import mps

# Set in `sweep.engine`; workers of a local cluster inherit them, workers of a joined one get them.
FOR_WORKERS = [
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO",
    "RAY_CHDIR_TO_TRIAL_DIR",
    "THP_MEM_ALLOC_ENABLE",
]


@contextmanager
def connected(
    own: Callable[[str], None] = lambda folder: None,
    address: str | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[bool]:
    """The Ray cluster that a study runs on.

    It is the caller's if there is one, else a joined cluster, or a local cluster that is started.

    Args:
        own: called with the session folder of a local cluster as soon as there is one.
        address: of a cluster to join; None: start a local cluster, and end it afterwards.
        say: called with warnings about this machine that do not stop the study.

    Yields:
        Whether it is a local cluster, to which no node will be added.

    Raises:
        UsageError, EngineError: see `sweep.engine.joining.join` and `sweep.engine.starting.start`.
    """
    if ray.is_initialized():
        yield False
        return
    handlers = {
        number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)
    }
    with _without_rays_handler():
        if address is None:
            start(own, say)
        else:
            variables = {name: os.environ[name] for name in FOR_WORKERS}
            join(address, variables | mps.variables())
    logging.getLogger("ray").setLevel(logging.ERROR)
    if threading.current_thread() is threading.main_thread():
        # `ray.init` installs its own handlers, but the study handles signals
        for number, handler in handlers.items():
            signal.signal(number, handler)
    try:
        yield address is None
    finally:
        if address is None:
            for pid in monitors():
                os.kill(pid, signal.SIGKILL)
        ray.shutdown()


@contextmanager
def _without_rays_handler() -> Iterator[None]:
    """In this context Ray does not handle SIGTERM.

    While it starts, its handler would end this process at once, with exit code 15 instead of 143,
    and leave processes and a folder behind. The study's handler waits for the end of the start.
    """
    usual: Any = getattr(utils, "set_sigterm_handler", None)
    if usual is None:  # another version of Ray
        yield
        return
    utils.set_sigterm_handler = lambda handler: None
    try:
        yield
    finally:
        utils.set_sigterm_handler = usual


def monitors() -> list[int]:
    """Process ids of the autoscaler's monitor of a local cluster, which it does not need.

    It is a child of this process. It ignores the request to end, and `ray.shutdown` waits a second
    for it. Needs /proc; on other systems the second is lost.
    """
    pids = []
    for folder in Path("/proc").glob("[0-9]*"):
        # the process may have ended meanwhile, or have no arguments
        with suppress(OSError, IndexError):
            parent = (folder / "stat").read_bytes().rpartition(b")")[2].split()[1]
            arguments = (folder / "cmdline").read_bytes()
            if int(parent) == os.getpid() and b"/autoscaler/" in arguments:
                pids.append(int(folder.name))
    return pids


@contextmanager
def scratch() -> Iterator[str]:
    """A temporary folder for the files that Ray always writes."""
    folder = Path(tempfile.mkdtemp(prefix="sweep-ray-"))
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
