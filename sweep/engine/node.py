"""The node of Ray that the driver is on: without it nothing can be started or heard, and Ray itself
only waits.

Or ends the driver: Ray's core leaves with exit code 1 when it loses the raylet of a process whose
parent is process 1 (`sweep.engine` says otherwise to it), or an object that the driver put into the
store (nothing is put there, see `sweep.engine.trainable.bound`). Both were seen with Ray 2.60, and
are written to its driver's log alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import ray

from sweep.errors import EngineError

_EVERY = 2.0  # seconds between two looks; Ray itself needs about 15 s to call a node dead


class NodeLost(EngineError):
    """The driver's own node is dead (its raylet was killed, by the OOM killer perhaps); other nodes may well live."""

    what = "Ray's process on this machine (the raylet) died, killed by the system for want of memory perhaps"

    def __init__(self) -> None:
        super().__init__(f"{self.what}. Every recorded trial is safe: `sweep resume` continues.")


def alive() -> Callable[[], None]:
    """What to call between Ray's events: raises `NodeLost` once the driver's node is dead."""
    own = ray.get_runtime_context().get_node_id()
    looked = time.monotonic()

    def look() -> None:
        nonlocal looked
        if time.monotonic() - looked < _EVERY:
            return
        if all(node["NodeID"] != own or not node["Alive"] for node in ray.nodes()):
            raise NodeLost
        looked = time.monotonic()

    return look
