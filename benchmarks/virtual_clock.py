"""A search on a virtual clock: four workers, each epoch as long as it would take.

Nothing is trained: a trial's curve is known beforehand, so that only the search's decisions count.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.searchers import Searcher
from benchmarks.spaces import Config

WORKERS = 4


class Curves(Protocol):
    """The learning curve of every configuration of a space."""

    def accuracies(self, config: Config, seed: int | None) -> NDArray[np.float64]:
        """(epochs,), larger is better: as seen under a seed, or without noise."""

    def seconds(self, config: Config) -> float:
        """Of an epoch."""


@dataclass(frozen=True)
class Epoch:
    """One epoch that a search had trained.

    Attributes:
        now: seconds on the virtual clock at its end.
        seen: what the search is told.
        true: the same without noise.
    """

    now: float
    seen: float
    true: float


def epochs(search: Searcher, curves: Curves, seed: int) -> Iterator[Epoch]:
    """The epochs of a search in the order they end; without an end."""
    free = [
        (0.0, worker) for worker in range(WORKERS)
    ]  # when a worker is free, and which
    trials = {worker: _Trial(curves, search, seed) for worker in range(WORKERS)}
    while True:
        now, worker = heapq.heappop(free)
        trial = trials[worker]
        now += trial.seconds
        yield Epoch(now, trial.seen, trial.true)
        if search.tell(trial.handle, trial.epoch, trial.seen):
            trials[worker] = _Trial(curves, search, seed)
        else:
            trial.epoch += 1
        heapq.heappush(free, (now, worker))


class _Trial:
    """A trial that runs, with all of its curve."""

    def __init__(self, curves: Curves, search: Searcher, seed: int):
        self.handle: Any
        self.handle, config = search.ask()
        self.seconds = curves.seconds(config)
        self.epoch = search.trained(self.handle)
        self._true, self._seen = (
            curves.accuracies(config, None),
            curves.accuracies(config, seed),
        )

    @property
    def true(self) -> float:
        """Accuracy of the running epoch, without noise."""
        return float(self._true[self.epoch])

    @property
    def seen(self) -> float:
        """What the search is told of it."""
        return float(self._seen[self.epoch])
