"""Whether a process may be forked so that its child can train.

A fork copies one thread. A lock that another thread held stays locked in the child, and a CUDA
context cannot be used there. Threads that sleep without a lock are harmless; they are recognised
by name.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from pathlib import Path

from sweep.worker import kernel

# jemalloc (part of pyarrow, pandas and others) and OpenBLAS restart their threads after a fork.
HARMLESS = ("jemalloc_bg_thd",)
_NOT_INITIALISED = 3  # CUDA_ERROR_NOT_INITIALIZED


def obstacle() -> str | None:
    """Why this process must not be forked, None if it may be."""
    if not kernel.LINUX:
        return "this system cannot fork a process that has loaded libraries"
    _end_progress_monitor()
    others = [thread.name for thread in threading.enumerate() if thread is not _main()]
    if others:
        return f"importing the trainer started threads ({', '.join(sorted(others))})"
    if _has_cuda():
        return "importing the trainer started CUDA"
    unknown = [name for name in kernel.threads() if name not in HARMLESS]
    if unknown and len(unknown) > _openblas_threads():
        return f"importing the trainer started native threads ({', '.join(sorted(set(unknown)))})"
    return None


def _main() -> threading.Thread:
    return threading.main_thread()


def _end_progress_monitor() -> None:
    """End tqdm's monitor thread; the next progress bar starts another one."""
    tqdm = sys.modules.get("tqdm")
    bars = getattr(tqdm, "tqdm", None)
    monitor = getattr(bars, "monitor", None)
    if monitor is not None:
        monitor.exit()
        bars.monitor = None  # type: ignore[union-attr]


def _has_cuda() -> bool:
    """Whether CUDA was started in this process, by torch or another library."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return True
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    if "libcuda.so" not in maps:
        return False
    count = ctypes.c_int()
    driver = ctypes.CDLL("libcuda.so.1")
    return bool(driver.cuDeviceGetCount(ctypes.byref(count)) != _NOT_INITIALISED)


def _openblas_threads() -> int:
    """How many threads of OpenBLAS sleep in this process; they have no name of their own."""
    # Imported only where needed: it examines every loaded library.
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

    pools = [pool for pool in threadpool_info() if pool["internal_api"] == "openblas"]
    return sum(pool["num_threads"] - 1 for pool in pools)
