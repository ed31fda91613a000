"""Parameters whose best values lie at an end of the range searched: better ones may lie beyond.

The best of a search lies near some end of some range often by chance: with six parameters and a
twentieth of each range at each end, in nearly half of all searches. A note that appears so often is
not read. An end is named only if both hold:

- The value of the best configuration is within the outer `NEAR` of the range, on its own scale.
- The configurations that beat all others lie in the outer `WIDE` of the range, and are too many for
  chance. Let k of n configurations lie there, and the first L of the ranking be among them. If the
  parameter had no effect, each order would be equally likely, and the probability of this would be
  k/n · (k-1)/(n-1) · … (L factors). It must be at most `CHANCE` divided by the number of ends
  that could be named.

A search in which no parameter has an effect therefore names an end in at most 5 % of cases. A
sampler that crowds at an end raises k, and the probability with it. Configurations that were
stopped or failed rank behind all others. An end that cannot move is not named: 0, 1 of integers,
and 1 of numbers from 0 to 1. `python -m benchmarks.range_ends` measures how often ends are named.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sweep.history.history import History
from sweep.history.task_view import on_task
from sweep.model.by_epoch import short
from sweep.model.domains import Choice, Domain, IntUniform, Uniform, count, value_at
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, State
from sweep.search import joint_search, population
from sweep.search.observing import observed
from sweep.search.trial_value import STAGE
from sweep.spec.command import UNRANKED
from sweep.spec.tasks import on_task as study_on_task
from sweep.spec.tasks import tasks

CHANCE = 0.05  # of naming any end in a search whose parameters have no effect
NEAR = 0.05  # share of a range that the best value must lie in
WIDE = 0.2  # share of a range that all leading values must lie in
FEWEST_VALUES = 3  # of two values each is an end

Side = Literal["lower", "upper"]


@dataclass(frozen=True)
class RangeEnd:
    """An end of a range that the best configurations lie at.

    Attributes:
        name: of the parameter.
        side: the end.
        low, high: the smallest and the largest value searched.
        value: of the best configuration.
        leading: number of configurations that beat all others and lie in the outer `WIDE`.
    """

    name: str
    side: Side
    low: float
    high: float
    value: Any
    leading: int

    @property
    def sentence(self) -> str:
        """What a reader should know: the best value, its range, and what may follow."""
        where = (
            f"the best value, {short(self.value)}, is at the {self.side} end of its range, "
            f"{short(self.low)} to {short(self.high)}"
        )
        if self.leading > 1:
            where += (
                f", and the best {self.leading} configurations are all near that end"
            )
        return f"{self.name}: {where}; a better value may lie beyond"


@dataclass(frozen=True)
class _End:
    """An end that may be named.

    Attributes:
        name, side, low, high: as of a `RangeEnd`.
        near: the innermost value of the outer `NEAR`.
        wide: the innermost value of the outer `WIDE`.
    """

    name: str
    side: Side
    low: float
    high: float
    near: float
    wide: float

    def reached(self, value: Any, innermost: float) -> bool:
        """Whether a value is a number between `innermost` and this end, or beyond."""
        if not _is_number(value):
            return False
        if self.side == "lower":
            return bool(value <= innermost)
        return bool(value >= innermost)


class Tried(Protocol):
    """A configuration that a search tried: an `Observation`, or a row of a report."""

    @property
    def config(self) -> Mapping[str, Any]:
        """One value for every active parameter."""

    @property
    def state(self) -> State:
        """RUNNING until all its runs have ended."""

    @property
    def value(self) -> float | None:
        """The objective of a COMPLETE configuration, else None."""


def range_ends(
    history: History, tried: Sequence[Tried] | None = None
) -> list[RangeEnd]:
    """The ends of ranges that a search's best configurations lie at.

    Empty for a population, whose values change, for several objectives, and without a metric.

    Args:
        history: of a study, or its view on one task; a search over all tasks is judged by its
            objective over them.
        tried: the configurations of a search that is not over all tasks, if the caller has them.
    """
    spec = history.spec
    search = spec.search
    unranked = spec.metric.name == UNRANKED
    if search is None or search.objectives or unranked:
        return []
    if population.section(spec) is not None:
        return []
    parameters = spec.parameters
    if joint_search.is_joint(spec):
        parameters = study_on_task(spec, tasks(parameters)[0]).parameters
        judged = joint_search.judged(history.whole or history)
        tried = [entry.observation for entry in judged]
    elif tried is None:
        tried = observed(spec, history.cohort(STAGE)).observations
    return ends_of(parameters, tried, spec.metric.goal)


def range_end_lines(history: History) -> list[str]:
    """The sentence of each end, for all tasks of a study whose tasks are searched separately."""
    of_tasks = tasks(history.spec.parameters)
    if not of_tasks or joint_search.is_joint(history.spec):
        return [end.sentence for end in range_ends(history)]
    lines = []
    for task in of_tasks:
        ends = range_ends(on_task(history, task))
        lines += [f"on {task.name}: {end.sentence}" for end in ends]
    return lines


def ends_of(
    parameters: Parameters, tried: Sequence[Tried], goal: Goal
) -> list[RangeEnd]:
    """The ends of the parameters' ranges that the best of `tried` lie at, in file order."""
    ended = [each for each in tried if each.state is not State.RUNNING]
    ranked = _best_first(ended, goal)
    if not ranked:
        return []
    possible = list(_ends(parameters))
    found = []
    for end in possible:
        value = ranked[0].config.get(end.name)
        if not end.reached(value, end.near):
            continue
        having = [each for each in ended if end.name in each.config]
        leading = _leading(end, having, goal)
        if leading and _chance(end, having, leading) <= CHANCE / len(possible):
            found.append(
                RangeEnd(end.name, end.side, end.low, end.high, value, leading)
            )
    return found


def _best_first(tried: Sequence[Tried], goal: Goal) -> list[Tried]:
    with_value = [each for each in tried if each.value is not None]
    return sorted(with_value, key=_value, reverse=goal == "maximize")


def _value(tried: Tried) -> float:
    return tried.value or 0.0


def _leading(end: _End, tried: Sequence[Tried], goal: Goal) -> int:
    """How many configurations near an end are better than every one elsewhere."""
    sign = 1.0 if goal == "maximize" else -1.0
    near: list[float] = []
    elsewhere = [-math.inf]
    for each in tried:
        if each.value is None:
            continue
        group = near if end.reached(each.config[end.name], end.wide) else elsewhere
        group.append(sign * each.value)
    return sum(value > max(elsewhere) for value in near)


def _chance(end: _End, tried: Sequence[Tried], leading: int) -> float:
    """The probability that the first `leading` in a random order all lie near an end."""
    near = sum(end.reached(each.config[end.name], end.wide) for each in tried)
    return math.prod((near - i) / (len(tried) - i) for i in range(leading))


# --------------------------------------------------------------------------- ends


def _ends(parameters: Parameters) -> Iterator[_End]:
    """The ends that could be moved outwards."""
    for name, parameter in parameters.items():
        bounds = _bounds(parameter.domain)
        if bounds is None:
            continue
        low, high = bounds
        near = _inside(parameter.domain, NEAR)
        wide = _inside(parameter.domain, WIDE)
        whole_numbers = isinstance(low, int) and isinstance(high, int)
        # Nothing lies below 0, nor below 1 of a number of things.
        if low not in ((0, 1) if whole_numbers else (0,)):
            yield _End(name, "lower", low, high, near[0], wide[0])
        # Nothing lies above 1 of a share.
        if low < 0 or high != 1:
            yield _End(name, "upper", low, high, near[1], wide[1])


def _bounds(domain: Domain) -> tuple[float, float] | None:
    """The smallest and the largest value; None for a domain without ends or with few values."""
    number = count(domain)
    if number is not None and number < FEWEST_VALUES:
        return None
    if isinstance(domain, Choice):
        numbers = set(filter(_is_number, domain.choices))
        if len(numbers) < len(domain.choices):
            return None  # not an ordered set of numbers
        return min(numbers), max(numbers)
    if isinstance(domain, Uniform | IntUniform):
        high = domain.high if number is None else value_at(domain, number - 1)
        return domain.low, high
    return None


def _inside(domain: Domain, share: float) -> tuple[float, float]:
    """The innermost values of the outer `share` at the lower and at the upper end."""
    if isinstance(domain, Choice):
        ordered = sorted(domain.choices)
        last = max(int(share * len(ordered)), 1) - 1
        return ordered[last], ordered[-1 - last]
    bounds = _bounds(domain)
    if bounds is None or not isinstance(domain, Uniform | IntUniform):
        raise TypeError(f"{domain!r} has no ends")
    low, high = bounds
    if domain.log:
        ratio = (high / low) ** share
        return low * ratio, high / ratio
    margin = share * (high - low)
    return low + margin, high - margin


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
