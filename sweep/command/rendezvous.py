"""A separate port for each trial, where its processes find each other.

`torchrun` without `--standalone`, and programs that call `init_process_group` themselves, use port
29500 by default. Two such trials on one machine would collide.
"""

from __future__ import annotations

import os
import socket

# Read by `torch.distributed` and its launchers; torchrun's options come from `PET_…`.
NAMES = ("MASTER_PORT", "PET_MASTER_PORT")


def environment() -> dict[str, str]:
    """A free port for each of the variables that this process's environment lacks."""
    missing = [name for name in NAMES if name not in os.environ]
    if not missing:
        return {}
    port = str(free_port())
    return dict.fromkeys(missing, port)


def free_port() -> int:
    """A free local port. The system chooses it at random, so two calls rarely collide."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
