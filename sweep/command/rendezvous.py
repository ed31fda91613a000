"""A port of its own at which the processes of one trial find each other.

`torchrun` without `--standalone`, and programs that call `init_process_group` themselves, meet at
port 29500 unless told otherwise: two such trials on one machine would collide.
"""

from __future__ import annotations

import os
import socket

# Read by `torch.distributed` and its launchers; torchrun's options come from `PET_…`.
NAMES = ("MASTER_PORT", "PET_MASTER_PORT")


def environment() -> dict[str, str]:
    """A free port under each name that this process's environment does not have."""
    wanted = [name for name in NAMES if name not in os.environ]
    if not wanted:
        return {}
    port = str(free_port())
    return dict.fromkeys(wanted, port)


def free_port() -> int:
    """A local port that nothing listens at now. The system hands them out in a random order."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
