"""Detects that the driver's Ray node died.

If the raylet or the `gcs_server` of the driver's node dies, Ray hangs instead of raising. It may
also end the driver with code 1, as was observed with Ray 2.60:

- if the raylet dies, and the driver's parent is process 1 (`sweep.engine` prevents that);
- if an object that the driver put into the store is lost (`sweep.engine.actor.bound` puts none
  there);
- if the `gcs_server` dies, and a call waits for it until Ray's limit for a new connection. So the
  driver of a local cluster, whose nodes do not change, does not ask it for the nodes. Ray's own
  requests for a worker's resources raise after 60 s, before that limit (`sweep.engine` sets it).
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
            be let go, so that Ray is not asked. Of a joined cluster only the raylet of this machine
            is checked, and Ray is asked whether it calls the node dead.

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
        """Check the node; Ray is asked at most every `_EVERY` seconds.

        Raises:
            NodeLost: the node died.
        """
        self.check_processes()
        if not self._ours and self._called_dead():
            self.lost = NodeLost()
            raise self.lost

    def check_processes(self) -> None:
        """Check the node's processes without asking Ray, which could hang.

        Raises:
            NodeLost: one has ended, now or at an earlier check.
        """
        if self.lost is not None:
            raise self.lost
        name = own_session.dead() if self._ours else None
        if name is not None:
            self.lost = NodeLost(name)
            own_session.let_go()
        elif self._raylet.ended():
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
