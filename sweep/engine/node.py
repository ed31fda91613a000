"""The node of Ray that the driver is on: without its raylet and its `gcs_server` nothing can be
started or heard, and Ray itself only waits.

Or ends the driver: Ray's core leaves with exit code 1 when it loses the raylet of a process whose
parent is process 1 (`sweep.engine` says otherwise to it), or an object that the driver put into the
store (nothing is put there, see `sweep.engine.trainable.bound`). Both were seen with Ray 2.60, and
are written to its driver's log alone.
"""

from __future__ import annotations

import time

import ray

from sweep.engine import own_session
from sweep.engine.raylet import Raylet, socket_path
from sweep.errors import EngineError

_EVERY = 2.0  # seconds between two questions to Ray, which calls a node dead after 15 s


class NodeLost(EngineError):
    """The driver's own node is dead (its raylet was killed, by the OOM killer perhaps);
    other nodes may well live.
    """

    def __init__(self, name: str = "raylet") -> None:
        self.what = (
            f"Ray's process on this machine (the {name}) died, killed by the system for want of "
            f"memory perhaps"
        )
        super().__init__(
            f"{self.what}. Every recorded trial is safe: `sweep resume` continues."
        )


class Alive:
    """What to call between Ray's events: raises `NodeLost` once the driver's node is dead.

    Args:
        ours: whether this Ray was started here, so that all of its processes can be looked at, and
            it can be let go. Of another one the raylet is looked at, which is on this machine too.

    Attributes:
        lost: what was raised, for whoever is told of an error of Ray's that followed from it.
    """

    def __init__(self, ours: bool) -> None:
        self._ours = ours
        self._own = ray.get_runtime_context().get_node_id()
        self._raylet = Raylet(socket_path())
        self._asked = time.monotonic()
        self.lost: NodeLost | None = None

    def __call__(self) -> None:
        """Look, now and then.

        Raises:
            NodeLost: see the class.
        """
        name = own_session.dead() if self._ours else None
        if name is not None:
            self.lost = NodeLost(name)
            own_session.let_go()
        elif self._raylet.ended() or self._called_dead():
            self.lost = NodeLost()
        if self.lost is not None:
            raise self.lost

    def close(self) -> None:
        """Look no more."""
        self._raylet.close()

    def _called_dead(self) -> bool:
        """Whether Ray calls the node dead, which is asked now and then."""
        if time.monotonic() - self._asked < _EVERY:
            return False
        nodes = {node["NodeID"]: node for node in ray.nodes()}
        self._asked = time.monotonic()
        own = nodes.get(self._own)
        return own is None or not own["Alive"]
