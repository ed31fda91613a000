"""The curves of observations as columns, cached between suggestions.

Of 10 000 trials only a few change between two suggestions. As in `replay`, the cache has no effect
on results: each row equals what would be computed from scratch.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, compress, count
from operator import is_not
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.model.search_space import SearchSpace
from sweep.model.smoothing import trailing_means
from sweep.model.trial import Select, State
from sweep.samplers.protocol import Observation


@dataclass(frozen=True, slots=True)
class _Reached:
    """The value of a trial if it ended at each of its epochs; larger is better."""

    epochs: list[int]
    values: list[float]

    def at(self, epoch: int) -> float:
        """The value at the last report up to an epoch, else at the first report.

        NaN without any report.
        """
        if not self.epochs:
            return math.nan
        return self.values[max(bisect_right(self.epochs, epoch) - 1, 0)]


class Curves:
    """Columns with a row for each observation; larger is better in all of them.

    Args:
        sign: 1 if the metric is maximised, -1 if it is minimised.
        select: the epoch whose value counts for a trial: its best, its last, or the one with the
            best mean of the latest epochs.
    """

    def __init__(self, sign: float, select: Select):
        self.read_as = sign, select
        self._observations: list[Observation] = []
        self._reached: list[_Reached] = []
        self._ends, self._last = array("d"), array("q")
        self._stopped, self._failed = array("b"), array("b")
        self._at: dict[int, array[float]] = {}  # epoch → column

    @property
    def ends(self) -> NDArray[np.float64]:
        """(n,), the value of a COMPLETE configuration, else NaN."""
        return np.array(self._ends)

    @property
    def last(self) -> NDArray[np.int64]:
        """(n,), the last epoch reported, -1 without any."""
        return np.array(self._last, dtype=np.int64)

    @property
    def stopped(self) -> NDArray[np.bool_]:
        """(n,), whether it is PRUNED with at least one report."""
        return np.array(self._stopped, dtype=bool)

    @property
    def failed(self) -> NDArray[np.bool_]:
        """(n,), whether it is FAILED."""
        return np.array(self._failed, dtype=bool)

    def at(self, epoch: int) -> NDArray[np.float64]:
        """(n,), the value of each if it had ended at an epoch; see `_Reached.at`."""
        if epoch not in self._at:
            values = [reached.at(epoch) for reached in self._reached]
            self._at[epoch] = array("d", values)
        return np.array(self._at[epoch])

    def follow(self, observations: Sequence[Observation]) -> None:
        """Update the rows to `observations`; rows of the identical objects are kept."""
        columns: list[Any] = [
            self._observations,
            self._reached,
            self._ends,
            self._last,
            self._stopped,
            self._failed,
        ]
        columns += self._at.values()
        for column in columns:
            del column[len(observations) :]
        changed = compress(count(), map(is_not, self._observations, observations))
        added = range(len(self._observations), len(observations))
        for row in [*changed, *added]:
            for column, cell in zip(columns, self._row(observations[row]), strict=True):
                if row == len(column):
                    column.append(cell)
                else:
                    column[row] = cell

    def _row(self, observation: Observation) -> list[Any]:
        """What is kept of one observation, with values to maximise."""
        sign, select = self.read_as
        epochs = sorted(observation.curve)
        values = [sign * observation.curve[epoch] for epoch in epochs]
        reached = _Reached(epochs, _running_values(values, select))
        end = math.nan
        if observation.value is not None and observation.state is State.COMPLETE:
            end = sign * observation.value
        last = max(epochs, default=-1)
        stopped = observation.state is State.PRUNED and bool(epochs)
        failed = observation.state is State.FAILED
        at_epochs = [reached.at(epoch) for epoch in self._at]
        return [observation, reached, end, last, stopped, failed, *at_epochs]


def _running_values(values: list[float], select: Select) -> list[float]:
    """The value of a trial if it ends after each of these values; larger is better."""
    if select == "last":
        return values
    means = trailing_means(values) if select == "smoothed" else values
    return list(accumulate(means, max))


_cache: list[Curves] = []  # at most one


def forget() -> None:
    """Drop the cached columns, as the end of the process would."""
    _cache.clear()


def curves(space: SearchSpace, observations: Sequence[Observation]) -> Curves:
    """The curves of a study's metric."""
    read_as = 1.0 if space.goal == "maximize" else -1.0, space.select
    if not _cache or _cache[0].read_as != read_as:
        _cache[:] = [Curves(*read_as)]
    _cache[0].follow(observations)
    return _cache[0]
