"""The curves of observations as columns, kept from one question to the next: of 10 000 trials few
have changed since.

As in `replay`, what is kept is a cache and nothing more: each row is what it would be if it were
read now.
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
    """What a trial would be worth if it ended at each of its epochs, larger is better."""

    epochs: list[int]
    worth: list[float]

    def at(self, epoch: int) -> float:
        """At an epoch, or at the last report before it; NaN without a report.

        Where there is none before it, at the first one.
        """
        if not self.epochs:
            return math.nan
        return self.worth[max(bisect_right(self.epochs, epoch) - 1, 0)]


class Curves:
    """Columns with a row for each observation; larger is better in all of them.

    Args:
        sign: 1 where the metric is to be maximised, -1 where it is to be minimised.
        select: the epoch whose value a trial is worth: its best, its last, or the one with the best
            mean of the latest epochs.
    """

    def __init__(self, sign: float, select: Select):
        self.read_as = sign, select
        self._observations: list[Observation] = []
        self._reached: list[_Reached] = []
        self._ends, self._last, self._stopped, self._failed = (
            array("d"),
            array("q"),
            array("b"),
            array("b"),
        )
        self._at: dict[int, array[float]] = {}  # epoch → column

    @property
    def ends(self) -> NDArray[np.float64]:
        """(n,), the value of what is COMPLETE, else NaN."""
        return np.array(self._ends)

    @property
    def last(self) -> NDArray[np.int64]:
        """(n,), the last epoch reported, -1 without any."""
        return np.array(self._last, dtype=np.int64)

    @property
    def stopped(self) -> NDArray[np.bool_]:
        """(n,), whether it is PRUNED and has reported."""
        return np.array(self._stopped, dtype=bool)

    @property
    def failed(self) -> NDArray[np.bool_]:
        """(n,), whether it is FAILED."""
        return np.array(self._failed, dtype=bool)

    def at(self, epoch: int) -> NDArray[np.float64]:
        """(n,), what each would be worth had it ended at an epoch; see `_Reached.at`."""
        if epoch not in self._at:
            self._at[epoch] = array(
                "d", [reached.at(epoch) for reached in self._reached]
            )
        return np.array(self._at[epoch])

    def follow(self, observations: Sequence[Observation]) -> None:
        """Bring the rows up to `observations`; those of the very same one stay as they are."""
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
        for place in [*changed, *range(len(self._observations), len(observations))]:
            for column, cell in zip(
                columns, self._row(observations[place]), strict=True
            ):
                if place == len(column):
                    column.append(cell)
                else:
                    column[place] = cell

    def _row(self, observation: Observation) -> list[Any]:
        sign, select = self.read_as
        epochs = sorted(observation.curve)
        values = [sign * observation.curve[epoch] for epoch in epochs]
        reached = _Reached(epochs, _worth(values, select))
        end = (
            math.nan
            if observation.value is None or observation.state is not State.COMPLETE
            else sign * observation.value
        )
        stopped = observation.state is State.PRUNED and bool(epochs)
        failed = observation.state is State.FAILED
        at = [reached.at(epoch) for epoch in self._at]
        return [
            observation,
            reached,
            end,
            max(epochs, default=-1),
            stopped,
            failed,
            *at,
        ]


def _worth(values: list[float], select: Select) -> list[float]:
    """What a trial is worth if it ends at each value, larger is better."""
    if select == "last":
        return values
    means = trailing_means(values) if select == "smoothed" else values
    return list(accumulate(means, max))


_kept: list[Curves] = []  # at most one


def forget() -> None:
    """Drop the columns of the last question, as the end of the process would."""
    _kept.clear()


def curves(space: SearchSpace, observations: Sequence[Observation]) -> Curves:
    """Those of a study's metric."""
    read_as = 1.0 if space.goal == "maximize" else -1.0, space.select
    if not _kept or _kept[0].read_as != read_as:
        _kept[:] = [Curves(*read_as)]
    _kept[0].follow(observations)
    return _kept[0]
