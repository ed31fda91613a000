"""Watches the raylet of the driver's node as a process.

Ray needs about 15 s to declare a node dead: it checks the node five times, 3 s apart. The kernel
reports at once that a process of this machine has ended, whoever started it.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from typing import Any

from ray._private import worker

from sweep.worker import kernel

_CREDENTIALS = struct.Struct("3i")  # `struct ucred`: process, user, group (unix(7))


class Raylet:
    """The process that listens on a raylet's socket.

    Args:
        path: of the socket on this machine; None if unknown.
    """

    def __init__(self, path: str | None) -> None:
        pid = listener(path) if path else None
        self._handle = kernel.pidfd(pid) if pid else None

    def ended(self) -> bool:
        """Whether the process has ended; False if this machine cannot tell."""
        if self._handle is None:
            return False
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Stop watching the process."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def socket_path() -> str | None:
    """The socket of the raylet that this process is connected to; None if not connected."""
    node: Any = getattr(worker, "_global_node", None)
    return getattr(node, "raylet_socket_name", None)


def listener(path: str) -> int | None:
    """The number of the process that listens on a Unix socket.

    None if no process listens, if the system does not tell (only Linux does), or if the
    process is outside this container.
    """
    if not kernel.LINUX:
        return None
    with socket.socket(socket.AF_UNIX) as asked:
        try:
            asked.connect(path)
            credentials = asked.getsockopt(
                socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
            )
        except OSError:
            return None
    pid, _, _ = _CREDENTIALS.unpack(credentials)
    return pid or None
