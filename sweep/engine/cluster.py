"""The Ray that trials run in: started, measured, and ended."""

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

import ray

from sweep.engine.joining import join
from sweep.engine.own_session import without_secrets_in_its_log
from sweep.engine.starting import start

# Set in `sweep.engine`, and inherited by the workers of a Ray of our own; those of a cluster are
# told.
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
    """The Ray that a study runs on: the caller's if there is one, a cluster that is joined, or one
    of our own.

    Args:
        own: told the session folder of a Ray that was started here, as soon as there is one.
        address: of a cluster; None: one on this machine, quiet, gone afterwards.
        say: told what the user should know of this machine although the study goes on.

    Yields:
        Whether it is ours alone: what it lacks will not come.

    Raises:
        UsageError, EngineError: see `sweep.engine.joining.join` and `sweep.engine.starting.start`.
    """
    without_secrets_in_its_log()
    if ray.is_initialized():
        yield False
        return
    handlers = {
        number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)
    }
    if address is None:
        start(own, say)
    else:
        join(address, {name: os.environ[name] for name in FOR_WORKERS})
    logging.getLogger("ray").setLevel(logging.ERROR)
    if threading.current_thread() is threading.main_thread():
        for (
            number,
            handler,
        ) in (
            handlers.items()
        ):  # `ray.init` installs its own; signals are the study's business
            signal.signal(number, handler)
    try:
        yield address is None
    finally:
        for pid in (
            monitors() if address is None else ()
        ):  # those of a cluster are not ours
            os.kill(pid, signal.SIGKILL)
        ray.shutdown()


def monitors() -> list[int]:
    """What asks for more machines where a Ray of our own runs: a child of this process, and of no
    use on one machine.

    It does not hear that it is to end, and `ray.shutdown` gives it a second. Needs /proc; elsewhere
    that second passes.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(
            OSError, IndexError
        ):  # it has ended meanwhile; it has no arguments
            parent = (folder / "stat").read_bytes().rpartition(b")")[2].split()[1]
            if (
                int(parent) == os.getpid()
                and b"/autoscaler/" in (folder / "cmdline").read_bytes()
            ):
                found.append(int(folder.name))
    return found


@contextmanager
def scratch() -> Iterator[str]:
    """A place for what Ray insists on writing."""
    folder = Path(tempfile.mkdtemp(prefix="sweep-ray-"))
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
