"""Where trials fit: the current capacity of a cluster's nodes, and what each trial requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import ray

from sweep.errors import EngineError, UsageError
from sweep.spec import Resources
from sweep.spec.resources import Share

if TYPE_CHECKING:
    from ray.tune import PlacementGroupFactory

_EVERY = 2.0  # seconds between two updates of the nodes
PATIENCE = 600.0  # seconds without a node that fits a trial, after which the study ends

Room_ = tuple[float, float]  # CPUs and GPUs
_SLACK = 1e-9  # tolerance for rounding: four quarters of a GPU are one


class ClusterCapacity:
    """CPUs and GPUs of the cluster's nodes.

    Args:
        resources: of the study.
        nodes: returns CPUs and GPUs of each node that is alive.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        resources: Resources,
        nodes: Callable[[], list[Room_]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._resources, self._clock = resources, clock
        self._nodes = nodes or living_nodes
        self._there = self._nodes()
        self._looked = self._fitted = clock()

    def look(self) -> None:
        """Update the capacity; called between events.

        Raises:
            EngineError: no node has had room for a trial for `PATIENCE` seconds.
        """
        now = self._clock()
        if now - self._looked < _EVERY:
            return
        self._there = self._nodes()
        self._looked = now
        if self.workers:
            self._fitted = now
        elif now - self._fitted > PATIENCE:
            cpu, gpu = self._asked(self._resources.shares()[0])
            raise EngineError(
                f"no node of the cluster has had {cpu:g} CPUs and {gpu:g} GPUs for a trial for "
                f"{PATIENCE / 60:g} minutes: see `ray status`. Every recorded trial is safe: "
                f"`sweep resume` continues."
            )

    def check(self) -> None:
        """Check that some node has the share of every trial.

        Raises:
            UsageError: no node has it.
        """
        for share in self._resources.shares():
            asked = self._asked(share)
            if any(_fits(asked, there) for there in self._there):
                continue
            most_cpus = max((cpus for cpus, _ in self._there), default=0.0)
            most_gpus = max((gpus for _, gpus in self._there), default=0.0)
            _refuse_more("cpu", asked[0], most_cpus)
            _refuse_more("gpu", asked[1], most_gpus)
            raise UsageError(
                f"resources: no machine has {asked[0]:g} CPUs and {asked[1]:g} GPUs together, "
                f"which a trial asks for; lower one of them in the study file"
            )

    @property
    def workers(self) -> int:
        """How many trials of the default share fit at the same time."""
        cpu, gpu = self._asked(self._resources.shares()[0])
        total = 0
        for node_cpus, node_gpus in self._there:
            trials = node_cpus / cpu
            if gpu:
                trials = min(trials, node_gpus / gpu)
            total += int(trials + _SLACK)
        return min(total, self._resources.max_concurrent or total)

    @property
    def varied(self) -> bool:
        """Whether trials request different shares."""
        return len(self._resources.shares()) > 1

    def full(self, configurations: Iterable[Mapping[str, Any]]) -> bool:
        """Whether the cluster has no room for another trial beside these configurations'."""
        free = [list(node) for node in self._there]
        count = 0
        for config in configurations:
            count += 1
            if not _take(free, self._asked(self._resources.share(config))):
                return True
        most = self._resources.max_concurrent
        return most is not None and count >= most

    def request(self, config: Mapping[str, Any]) -> PlacementGroupFactory:
        """The resources that a configuration's trial requests from Ray."""
        return _request(*self._asked(self._resources.share(config)))

    def _asked(self, share: Share) -> Room_:
        """The CPUs and GPUs of a share; without a stated GPU one, if there are any."""
        if share.gpu is not None:
            return share.cpu, share.gpu
        return share.cpu, 1.0 if any(gpu >= 1 for _, gpu in self._there) else 0.0


@cache
def _request(cpu: float, gpu: float) -> PlacementGroupFactory:
    """One object for each share: Ray compares them often, and equal objects compare slowly."""
    from ray.tune import PlacementGroupFactory  # takes a second

    bundle = {"CPU": cpu}
    if gpu:
        bundle["GPU"] = gpu
    return PlacementGroupFactory([bundle])


def living_nodes() -> list[Room_]:
    """CPUs and GPUs of each node that is alive."""
    resources = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [
        (float(node.get("CPU", 0)), float(node.get("GPU", 0))) for node in resources
    ]


def _refuse_more(name: str, asked: float, most: float) -> None:
    """Refuse a share that no machine has.

    Raises:
        UsageError: more is asked for than the largest machine has.
    """
    if asked > most:
        raise UsageError(
            f"resources.{name}: a trial asks for {asked:g}, but no machine has more than {most:g}; "
            f"lower resources.{name} in the study file or with --set resources.{name}=…"
        )


def _take(free: list[list[float]], asked: Room_) -> bool:
    """Take a trial's share from the first node that has room; return whether one has."""
    for node in free:
        if _fits(asked, node):
            node[0] -= asked[0]
            node[1] -= asked[1]
            return True
    return False


def _fits(asked: Room_, free: Sequence[float]) -> bool:
    """Whether CPUs and GPUs that are asked for are free."""
    cpus, gpus = free
    return asked[0] <= cpus + _SLACK and asked[1] <= gpus + _SLACK
