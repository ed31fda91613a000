"""The Ray that trials run in: started, measured, and ended."""

from __future__ import annotations

import logging
import math
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ray

from sweep.errors import EngineError, UsageError
from sweep.spec import Resources

START_ATTEMPTS = 3  # `ray.init` gives its processes 30 s, which a busy machine can miss


def placement(resources: Resources) -> tuple[dict[str, float], int]:
    """What one trial asks for, checked against what there is, and how many fit at a time."""
    there = ray.cluster_resources()
    cpus, gpus = there.get("CPU", 0.0), there.get("GPU", 0.0)
    gpu = resources.gpu if resources.gpu is not None else min(gpus, 1.0)
    for name, asked, found in (("cpu", resources.cpu, cpus), ("gpu", gpu, gpus)):
        if asked > found:
            raise UsageError(
                f"resources.{name}: a trial asks for {asked:g}, there are {found:g} in all; "
                f"lower resources.{name} in the study file or with --set resources.{name}=…"
            )
    fits = min(cpus // resources.cpu, gpus // gpu if gpu else math.inf)
    return {"cpu": resources.cpu, "gpu": gpu}, int(min(fits, resources.max_concurrent or math.inf))


@contextmanager
def connected(own: Callable[[str], None] = lambda folder: None) -> Iterator[None]:
    """A Ray of our own on this machine, quiet, gone afterwards.

    Args:
        own: told the session folder of a Ray that was started here, as soon as there is one.
    """
    started_here = not ray.is_initialized()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for attempt in range(1, START_ATTEMPTS + 1):
        if not started_here:
            break
        try:
            context = ray.init(
                address="local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _metrics_export_port=None,
            )
            own(context.address_info["session_dir"])
            break
        except (RuntimeError, OSError, ray.exceptions.RayError) as error:
            ray.shutdown()
            if attempt == START_ATTEMPTS:
                raise EngineError(
                    f"Ray did not start in {START_ATTEMPTS} attempts: {str(error).splitlines()[0]}. "
                    f"Is there memory, room in /dev/shm and in /tmp? The study is intact: `sweep resume`."
                ) from error
            time.sleep(2.0 * attempt)
    logging.getLogger("ray").setLevel(logging.ERROR)
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():  # `ray.init` installs its own; signals are the study's business
            signal.signal(number, handler)
    try:
        yield
    finally:
        if started_here:
            ray.shutdown()


@contextmanager
def scratch() -> Iterator[str]:
    """A place for what Ray insists on writing."""
    folder = Path(tempfile.mkdtemp(prefix="sweep-ray-"))
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
