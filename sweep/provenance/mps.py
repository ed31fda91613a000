"""Detects CUDA MPS, NVIDIA's Multi-Process Service, on this machine.

Without it the kernels of several processes take turns on a GPU; with it they run at the same time.
Its user starts it (`nvidia-cuda-mps-control -d`), and programs find it by its folder of pipes
(NVIDIA, "Multi-Process Service", section "Environment variables").
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

# What programs read; a trial's process has to have them as the user set them.
VARIABLES = (
    "CUDA_MPS_PIPE_DIRECTORY",
    "CUDA_MPS_LOG_DIRECTORY",
    "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE",
    "CUDA_MPS_PINNED_DEVICE_MEM_LIMIT",
    "CUDA_MPS_CLIENT_PRIORITY",
)
START = "nvidia-cuda-mps-control -d"
MOST_CLIENTS = 48  # of one GPU, since Volta: NVIDIA, "Client-Server Connections"
_USUAL_PIPES = "/tmp/nvidia-mps"  # noqa: S108  (NVIDIA's default, which is only looked at)
# 15 characters of a name are kept: control and server alike
_PROCESS = "nvidia-cuda-mps"


def running() -> bool:
    """Whether programs started by this process find a running service."""
    control = pipes() / "control"
    return control.exists() and (_is_read(control) or _is_listed())


def pipes() -> Path:
    """The folder in which programs look for the service."""
    return Path(os.environ.get(VARIABLES[0]) or _USUAL_PIPES)


def variables() -> dict[str, str]:
    """The service's environment variables that are set in this process."""
    return {name: os.environ[name] for name in VARIABLES if name in os.environ}


def _is_read(control: Path) -> bool:
    """Whether a process reads the pipe; the pipe of a dead service has no reader."""
    try:
        if not stat.S_ISFIFO(control.stat().st_mode):
            return False
        os.close(os.open(control, os.O_WRONLY | os.O_NONBLOCK))
    except OSError as error:
        return error.errno == errno.EACCES  # another user's: not ours to judge
    return True


def _is_listed() -> bool:
    """Whether a process of the service is visible in this container."""
    for name in Path("/proc").glob("[0-9]*/comm"):
        with suppress(OSError):  # it has ended
            if name.read_text().strip() == _PROCESS:
                return True
    return False
