"""Groups of trials that are compared: those of a stage, of an arm's retuning, a trial's rivals.

A study of 10 000 trials asks the same questions 10 000 times: which trial is the best, what did the
others reach at this rung? An ended trial never changes. So each question has a view
(`Cohort.derived`) that reads every ended trial once; a later answer only processes new ones.
"""

from __future__ import annotations

import math
from array import array
from bisect import insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from sweep.model.trial import Goal, State, Trial


class CohortView(Protocol):
    """A value derived from a cohort that is updated instead of recomputed.

    It remembers how much it has read. A new view of the same cohort has the same value.
    """

    def update(self, cohort: Cohort) -> None:
        """Process what has happened since the last call.

        If it raises, it can be called again: it continues where it failed.
        """


Made = TypeVar("Made", bound=CohortView)
Arguments = ParamSpec("Arguments")


class Cohort(Sequence[Trial]):
    """Trials in the order in which they were created. Only the history changes it.

    Attributes:
        trials: number → trial, of the whole history.
        numbers: numbers of the members, in the order in which they were created.
        open: numbers of members that have not ended, in that order, including paused ones.
        paused: numbers of paused members, in the order in which they paused.
        ended: numbers of ended members, in the order in which they ended.
        changed: the member's number for each pause, promotion and end, in order.
    """

    def __init__(self, trials: Mapping[int, Trial]):
        self.trials = trials
        self.numbers: list[int] = []
        self.open: dict[int, None] = {}
        self.paused: dict[int, None] = {}
        self.ended: list[int] = []
        self.changed: list[int] = []
        self._views: dict[Hashable, Any] = {}

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Cohort:
        """A cohort of any trials in their current state; a cohort is returned as it is."""
        if isinstance(trials, Cohort):
            return trials
        cohort = cls({trial.number: trial for trial in trials})
        cohort.numbers = [trial.number for trial in trials]
        for trial in trials:
            if trial.state.finished:
                cohort.ended.append(trial.number)
            else:
                cohort.open[trial.number] = None
            if trial.state is State.PAUSED:
                cohort.paused[trial.number] = None
            if trial.state is not State.RUNNING:
                cohort.changed.append(trial.number)
        return cohort

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | Sequence[Trial]:
        if isinstance(index, slice):
            return [self.trials[number] for number in self.numbers[index]]
        return self.trials[self.numbers[index]]

    def __iter__(self) -> Iterator[Trial]:
        return (self.trials[number] for number in self.numbers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cohort):
            return NotImplemented
        mine, theirs = (
            (c.numbers, list(c.open), c.ended, c.changed) for c in (self, other)
        )
        return mine == theirs

    __hash__ = None  # type: ignore[assignment]

    def reopen(self, number: int) -> None:
        """Reopen an ended member; discard all views."""
        self.ended.remove(number)
        open_ = {*self.open, number}
        self.open = {member: None for member in self.numbers if member in open_}
        self._views.clear()

    def ended_after(self, count: int) -> Iterator[Trial]:
        """The ended trials in the order in which they ended, without the first `count`."""
        return (self.trials[number] for number in self.ended[count:])

    def changed_after(self, count: int) -> Iterator[Trial]:
        """The trials that paused, were promoted or ended, as they are now; see `ended_after`."""
        return (self.trials[number] for number in self.changed[count:])

    def running(self) -> Iterator[Trial]:
        """The trials that have a worker or wait for one."""
        return (
            self.trials[number] for number in self.open if number not in self.paused
        )

    def derived(
        self,
        view: Callable[Arguments, Made],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Made:
        """The view `view(*args)` of this cohort, up to date.

        It is created at the first call and kept. The arguments are hashable, and equal for equal
        views.
        """
        key = (view, args, tuple(kwargs.items()))
        made: Made | None = self._views.get(key)
        if made is None:
            made = self._views[key] = view(*args, **kwargs)
        made.update(self)
        return made


class Rivals(Sequence[Trial]):
    """A cohort without one of its trials, which is still open."""

    def __init__(self, cohort: Cohort, without: int):
        self.cohort, self._without = cohort, without

    def __len__(self) -> int:
        return len(self.cohort) - (self._without in self.cohort.open)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | Sequence[Trial]:
        return list(self)[index]

    def __iter__(self) -> Iterator[Trial]:
        return (trial for trial in self.cohort if trial.number != self._without)

    def running(self) -> Iterator[Trial]:
        """Those that have not ended."""
        return (
            self.cohort.trials[number]
            for number in self.cohort.open
            if number != self._without
        )


@dataclass(frozen=True)
class Ranking:
    """Ranked numbers: many that are sorted already, and a few more."""

    sorted_numbers: Sequence[float]
    more: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.sorted_numbers) + len(self.more)

    def __getitem__(self, rank: int) -> float:
        """The number with a rank, from 0 for the smallest.

        The numbers in `more` move a sorted number by at most `len(more)` ranks, so only that many
        neighbours are compared.
        """
        if not 0 <= rank < len(self):
            raise IndexError(f"rank {rank} of {len(self)}")
        low = max(rank - len(self.more), 0)
        return sorted((*self.sorted_numbers[low : rank + 1], *self.more))[rank - low]

    def best(self, rank: int, goal: Goal) -> float:
        """The number with a rank, from 0 for the best."""
        return self[len(self) - 1 - rank if goal == "maximize" else rank]

    def percentile(self, share: float) -> float:
        """The percentile with linear interpolation, bit for bit that of `numpy.percentile`."""
        place = (share / 100) * (len(self) - 1)
        below = min(math.floor(place), len(self) - 1)
        low, high, weight = (
            self[below],
            self[min(below + 1, len(self) - 1)],
            place - below,
        )
        return (
            high - (high - low) * (1 - weight)
            if weight >= 0.5
            else low + (high - low) * weight
        )

    def median(self) -> float:
        """The middle number, or the mean of the two in the middle."""
        half = len(self) // 2
        return self[half] if len(self) % 2 else (self[half - 1] + self[half]) / 2

    def plus(self, *numbers: float) -> Ranking:
        """The ranking with further numbers."""
        return Ranking(self.sorted_numbers, (*self.more, *numbers))


def ranking(
    rivals: Sequence[Trial], what: Hashable, read: Callable[[Trial], float | None]
) -> Ranking:
    """Rank a value of each rival; rivals without a value are left out.

    Args:
        rivals: any trials. For a history's `Rivals`, each ended trial is read only once.
        what: the name of the value; equal for equal `read`.
        read: returns the value of a trial; it must not change for an ended trial.
    """
    if not isinstance(rivals, Rivals):
        return Ranking(sorted(_values(rivals, read)))
    ended = rivals.cohort.derived(_RankedEnded, _Reading(what, read))
    return Ranking(ended.values, tuple(_values(rivals.running(), read)))


def complete(rivals: Sequence[Trial]) -> int:
    """The number of complete rivals."""
    return len(ranking(rivals, "complete", _one_if_complete))


@dataclass(frozen=True)
class _Reading:
    """A named function that reads a value of a trial; equal to another one of this name."""

    name: Hashable
    read: Callable[[Trial], float | None] = field(compare=False)


class _RankedEnded:
    """The values of all ended trials, in ascending order."""

    def __init__(self, reading: _Reading):
        self.values = array("d")
        self._reading = reading
        self._count = 0

    def update(self, cohort: Cohort) -> None:
        """Insert the values of the trials that ended since the last call."""
        for trial in cohort.ended_after(self._count):
            value = self._reading.read(trial)
            if value is not None:
                insort(self.values, value)
            self._count += 1


def _values(
    trials: Iterable[Trial], read: Callable[[Trial], float | None]
) -> Iterator[float]:
    """The values that `read` gives for the trials, without None."""
    for trial in trials:
        value = read(trial)
        if value is not None:
            yield value


def _one_if_complete(trial: Trial) -> float | None:
    """1 for a complete trial, so that a sum counts them."""
    return 1.0 if trial.state is State.COMPLETE else None
