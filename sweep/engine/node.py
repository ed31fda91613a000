"""Detects that the driver's Ray node died.

If the raylet or the `gcs_server` of the driver's node dies, Ray hangs instead of raising. It may
also end the driver: Ray's core exits with code 1 if it loses the raylet of a process whose parent
is process 1 (`sweep.engine` prevents that), or an object that the driver put into the store
(`sweep.engine.trainable.bound` puts none there). Both were observed with Ray 2.60, and are only
written to the driver's Ray log.
"""

from __future__ import annotations

import time

import ray

from sweep.engine import own_session
from sweep.engine.raylet import Raylet, socket_path
from sweep.errors import EngineError

_EVERY = 2.0  # seconds between two questions to Ray, which is slower (15 s)


class NodeLost(EngineError):
    """The driver's node died, perhaps killed by the OOM killer; other nodes may be alive."""

    def __init__(self, name: str = "raylet") -> None:
        self.what = (
            f"Ray's process on this machine (the {name}) died; perhaps the system "
            "killed it because memory ran out"
        )
        super().__init__(
            f"{self.what}. Every recorded trial is safe: `sweep resume` continues."
        )


class Alive:
    """Called between Ray's events: raises `NodeLost` once the driver's node is dead.

    Args:
        ours: whether this is a local cluster, all of whose processes can be checked, and which can
            be let go. Of a joined cluster only the raylet of this machine is checked.

    Attributes:
        lost: the raised exception, which explains Ray's errors that follow.
    """

    def __init__(self, ours: bool) -> None:
        self._ours = ours
        self._own = ray.get_runtime_context().get_node_id()
        self._raylet = Raylet(socket_path())
        self._asked = time.monotonic()
        self.lost: NodeLost | None = None

    def __call__(self) -> None:
        """Check the node, at most every `_EVERY` seconds.

        Raises:
            NodeLost: the node died.
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
