"""Where trials fit: what the nodes of a cluster have, followed while nodes come and go, and what a trial asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import ray
from ray.tune import PlacementGroupFactory

from sweep.errors import EngineError, UsageError
from sweep.spec import Resources
from sweep.spec.resources import Share

_EVERY = 2.0  # seconds between two looks at the nodes
PATIENCE = 600.0  # seconds without a node that any trial fits on, before a study that joined a cluster gives up

Room_ = tuple[float, float]  # CPUs and GPUs
_SLACK = 1e-9  # four quarters of a GPU are one


class ClusterCapacity:
    """What the nodes have.

    Args:
        resources: of the study.
        nodes: asked for what each living node has.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        resources: Resources,
        nodes: Callable[[], list[Room_]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._resources, self._nodes, self._clock = resources, nodes or living_nodes, clock
        self._there = self._nodes()
        self._looked = self._fitted = clock()

    def look(self) -> None:
        """Follow the cluster; to be called between events.

        Raises:
            EngineError: no node has had room for a trial for a long time.
        """
        now = self._clock()
        if now - self._looked < _EVERY:
            return
        self._there, self._looked = self._nodes(), now
        if self.workers:
            self._fitted = now
        elif now - self._fitted > PATIENCE:
            cpu, gpu = self._asked(self._resources.shares()[0])
            raise EngineError(
                f"no node of the cluster has had {cpu:g} CPUs and {gpu:g} GPUs for a trial for {PATIENCE / 60:g} "
                f"minutes: see `ray status`. Every recorded trial is safe: `sweep resume` goes on."
            )

    def check(self) -> None:
        """Refuse shares that no node has.

        Raises:
            UsageError: see there.
        """
        for share in self._resources.shares():
            asked = self._asked(share)
            if any(_fits(asked, there) for there in self._there):
                continue
            most = tuple(max((there[i] for there in self._there), default=0.0) for i in (0, 1))
            for name, wanted, found in zip(("cpu", "gpu"), asked, most, strict=True):
                if wanted > found:
                    raise UsageError(
                        f"resources.{name}: a trial asks for {wanted:g}, there are {found:g} on a machine at most; "
                        f"lower resources.{name} in the study file or with --set resources.{name}=…"
                    )
            raise UsageError(
                f"resources: no machine has {asked[0]:g} CPUs and {asked[1]:g} GPUs together, which a trial asks for; "
                f"lower one of them in the study file"
            )

    @property
    def workers(self) -> int:
        """How many trials of the usual share fit at a time."""
        cpu, gpu = self._asked(self._resources.shares()[0])
        fits = sum(int(min(c / cpu, g / gpu if gpu else c / cpu) + _SLACK) for c, g in self._there)
        return min(fits, self._resources.max_concurrent or fits)

    @property
    def varied(self) -> bool:
        """Whether trials are given different shares."""
        return len(self._resources.shares()) > 1

    def full(self, configurations: Iterable[Mapping[str, Any]]) -> bool:
        """Whether trials of these configurations do not all fit at a time, one of them waits for a free worker."""
        left = [list(there) for there in self._there]
        count = 0
        for config in configurations:
            count += 1
            asked = self._asked(self._resources.share(config))
            node = next((there for there in left if _fits(asked, there)), None)
            if node is None:
                return True
            node[0] -= asked[0]
            node[1] -= asked[1]
        return (
            self._resources.max_concurrent is not None and count >= self._resources.max_concurrent
        )

    def request(self, config: Mapping[str, Any]) -> PlacementGroupFactory:
        """What Ray is asked for, for a trial of a configuration."""
        return _request(*self._asked(self._resources.share(config)))

    def _asked(self, share: Share) -> Room_:
        if share.gpu is not None:
            return share.cpu, share.gpu
        return share.cpu, 1.0 if any(gpu >= 1 for _, gpu in self._there) else 0.0


@cache
def _request(cpu: float, gpu: float) -> PlacementGroupFactory:
    """One object for each share: Ray compares them a dozen times a trial, which takes long unless they are the same."""
    return PlacementGroupFactory([{"CPU": cpu, "GPU": gpu} if gpu else {"CPU": cpu}])


def living_nodes() -> list[Room_]:
    """CPUs and GPUs of each node that is alive."""
    there = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [(float(has.get("CPU", 0)), float(has.get("GPU", 0))) for has in there]


def _fits(asked: Room_, there: Iterable[float]) -> bool:
    return all(wanted <= found + _SLACK for wanted, found in zip(asked, there, strict=True))
