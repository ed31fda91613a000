"""Describes why a trial failed, in one line for a table."""

from __future__ import annotations

import errno
import os
import resource
import traceback
from pathlib import Path

from sweep.errors import CannotWrite, TrialError

_LONGEST = 500  # characters
_OUT_OF_GPU_MEMORY = (
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
)


def describe(error: BaseException) -> str:
    """The error, and its position in the trainer's code."""
    text = _first_line(error)
    if isinstance(error, TrialError):
        return f"{type(error).__name__}: {text}"
    out_of_memory = _out_of_memory(error, text)
    if out_of_memory is not None:
        return f"{out_of_memory}: {text}"
    position = ""
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        position = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})"
    return f"{type(error).__name__}: {text}{position}"


def caused_by_the_trial(error: CannotWrite, folder: Path) -> str | None:
    """Why a trial made its own files unwritable; None where the disk is the cause.

    Args:
        folder: the trial's.
    """
    cause = error.__cause__
    if not isinstance(cause, OSError):
        return None
    name = Path(os.fsdecode(cause.filename)).name if cause.filename else folder.name
    if cause.errno == errno.EMFILE:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return (
            f"too many open files: {name} cannot be opened; the limit is {limit} "
            "(ulimit -n)"
        )
    if cause.errno in (errno.ENOENT, errno.ENOTDIR) and folder.parent.is_dir():
        return f"the trial's folder {folder} was removed while it ran: {name} cannot be written"
    if cause.errno == errno.EBADF:
        return f"the trainer closed a file that sweep was writing: {name}"
    return None


def _first_line(error: BaseException) -> str:
    try:
        lines = str(error).splitlines()
    except Exception as failure:  # noqa: BLE001  (a `__str__` of the trainer's own may fail anyhow)
        return f"its message cannot be read: {type(failure).__name__} in __str__"
    for line in lines:
        if line.strip():
            return line.strip()[:_LONGEST]
    return "no message"


def _out_of_memory(error: BaseException, text: str) -> str | None:
    """`CUDA out of memory` or `out of memory`, None for any other error.

    torch raises `torch.OutOfMemoryError` for a GPU (in older versions, and from cuBLAS, a plain
    RuntimeError), and a RuntimeError of its `DefaultCPUAllocator` for main memory.
    """
    if type(error).__name__ == "OutOfMemoryError":
        return "CUDA out of memory"
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, RuntimeError):
        if any(message in text for message in _OUT_OF_GPU_MEMORY):
            return "CUDA out of memory"
        if "DefaultCPUAllocator" in text:
            return "out of memory"
    return None
