"""Run a search on a virtual clock with four workers; an epoch takes as long as in training.

Nothing is trained: the curve of each trial is known, so that only the search's decisions count.
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
        """Return a curve, (epochs,), larger is better: with noise for a seed, without for None."""

    def seconds(self, config: Config) -> float:
        """Return the seconds of an epoch."""


@dataclass(frozen=True)
class Epoch:
    """One epoch of a search.

    Attributes:
        now: seconds on the virtual clock at its end.
        seen: the value that the search is told.
        true: the value without noise.
    """

    now: float
    seen: float
    true: float


def epochs(search: Searcher, curves: Curves, seed: int) -> Iterator[Epoch]:
    """Yield the epochs of a search in the order in which they end; the iterator is endless."""
    # When each worker ends its epoch, and its number.
    free = [(0.0, worker) for worker in range(WORKERS)]
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
    """A running trial with its whole curve."""

    def __init__(self, curves: Curves, search: Searcher, seed: int):
        self.handle: Any
        self.handle, config = search.ask()
        self.seconds = curves.seconds(config)
        self.epoch = search.trained(self.handle)
        self._true = curves.accuracies(config, None)
        self._seen = curves.accuracies(config, seed)

    @property
    def true(self) -> float:
        """Return the accuracy of the running epoch, without noise."""
        return float(self._true[self.epoch])

    @property
    def seen(self) -> float:
        """Return the accuracy of the running epoch that the search is told."""
        return float(self._seen[self.epoch])
