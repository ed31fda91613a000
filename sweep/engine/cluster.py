"""The Ray that trials run in: started, measured, and ended."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ray

from sweep.engine.joining import join
from sweep.errors import EngineError

START_ATTEMPTS = 3  # `ray.init` gives its processes 30 s, which a busy machine can miss
# Set in `sweep.engine`, and inherited by the workers of a Ray of our own; those of a cluster are told.
FOR_WORKERS = ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "RAY_CHDIR_TO_TRIAL_DIR", "THP_MEM_ALLOC_ENABLE"]


@contextmanager
def connected(own: Callable[[str], None] = lambda folder: None, address: str | None = None) -> Iterator[bool]:
    """The Ray that a study runs on: the caller's if there is one, a cluster that is joined, or one of our own.

    Args:
        own: told the session folder of a Ray that was started here, as soon as there is one.
        address: of a cluster; None: one on this machine, quiet, gone afterwards.

    Yields:
        Whether it is ours alone: what it lacks will not come.

    Raises:
        UsageError, EngineError: see `sweep.engine.joining.join`; Ray could not be started.
    """
    if ray.is_initialized():
        yield False
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    if address is None:
        _start(own)
    else:
        join(address, {name: os.environ[name] for name in FOR_WORKERS})
    logging.getLogger("ray").setLevel(logging.ERROR)
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():  # `ray.init` installs its own; signals are the study's business
            signal.signal(number, handler)
    try:
        yield address is None
    finally:
        ray.shutdown()


def _start(own: Callable[[str], None]) -> None:
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            context = ray.init(
                address="local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _metrics_export_port=None,
            )
        except Exception as error:  # a node that is slow to start is a bare `Exception` of Ray's
            ray.shutdown()
            if attempt == START_ATTEMPTS:
                raise EngineError(
                    f"Ray did not start in {START_ATTEMPTS} attempts: {str(error).splitlines()[0]}. "
                    f"Is there memory, room in /dev/shm and in /tmp? The study is intact: `sweep resume`."
                ) from error
            time.sleep(2.0 * attempt)
        else:
            own(context.address_info["session_dir"])
            return


@contextmanager
def scratch() -> Iterator[str]:
    """A place for what Ray insists on writing."""
    folder = Path(tempfile.mkdtemp(prefix="sweep-ray-"))
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
