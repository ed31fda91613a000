"""`grid` and `brute_force`: every configuration of a finite space once, in file order or a random
one.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from sweep.errors import UsageError
from sweep.model.domains import count
from sweep.model.fault import Fault, Key
from sweep.model.grids import Space, size
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace
from sweep.model.trial import configuration_key
from sweep.samplers.protocol import Memory, Observation
from sweep.samplers.section import Search

# Configurations whose order is kept as a list; of a larger space few will ever be tried.
_MOST_SHUFFLED = 2**17


class _Exhaustive(Search):
    """What the two methods share: the space must be finite."""

    exhaustive: ClassVar[bool] = True

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """Parameters without a grid, and spaces that cannot be counted."""
        continuous = [name for name, p in parameters.items() if count(p.domain) is None]
        for name in continuous:
            problem = f"is continuous and has no grid (method: {self.method})"
            yield Fault(("parameters", name), problem, "values: […], or q for a step")
        if not continuous and size(parameters) is None:
            problem = "cannot count the configurations: too many conditions depend on one another"
            allowed = "fewer conditions, or method: random"
            yield Fault(at, f"{self.method} {problem}", allowed)


class Grid(_Exhaustive):
    """Every configuration once, in file order, the last parameter varying fastest.

    The seed has nothing to decide. What was enqueued is not tried again.
    """

    method: Literal["grid"] = "grid"

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The first configuration that was not tried."""
        configurations = Space(space.parameters)
        places = range(_next_place(observations), configurations.size)
        return _first_untried(
            observations, configurations, ((place, place) for place in places)
        )


class BruteForce(_Exhaustive):
    """Every configuration once, in an order shuffled by `seed`.

    What was tried so far is always a fair sample: a grid that is stopped half way knows one half of
    its first parameter's values; this one knows a bit of each. Every configuration is equally
    likely to come next, so a branch with many conditional ones comes up more often.
    """

    method: Literal["brute_force"] = "brute_force"

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The next configuration of the shuffled order that was not tried."""
        configurations = Space(space.parameters)
        order = _shuffled(configurations.size, self.seed)
        places = range(_next_place(observations), configurations.size)
        return _first_untried(
            observations, configurations, ((place, order.at(place)) for place in places)
        )


def _next_place(observations: Sequence[Observation]) -> int:
    """The place behind the last one that was tried: places only grow."""
    for observation in reversed(observations):
        if "place" in observation.memory:
            return 1 + int(observation.memory["place"])
    return 0


def _first_untried(
    observations: Sequence[Observation],
    configurations: Space,
    candidates: Iterator[tuple[int, int]],
) -> tuple[dict[str, Any], Memory]:
    """The first configuration that was not tried.

    Args:
        observations: of the search.
        configurations: of the space, in the order of the grid.
        candidates: places in the search, each with its place in the grid.
    """
    elsewhere = [o.config for o in observations if "place" not in o.memory]
    tried = {configuration_key(config) for config in elsewhere}
    for place, index in candidates:
        config = configurations.at(index)
        if not tried or configuration_key(config) not in tried:
            return config, {"place": place}
    raise UsageError("every configuration was tried")


@functools.lru_cache(maxsize=4)
def _shuffled(number: int, seed: int) -> _Shuffled:
    return _Shuffled(number, seed)


class _Shuffled:
    """The numbers below `number` in random order; of many, as far as somebody asks."""

    def __init__(self, number: int, seed: int):
        self._number, self._generator = number, random.Random(seed)
        self._order: list[int] = []
        self._drawn: set[int] = set()
        if number <= _MOST_SHUFFLED:
            self._order = list(range(number))
            self._generator.shuffle(self._order)

    def at(self, place: int) -> int:
        while len(self._order) <= place:
            drawn = self._generator.randrange(self._number)
            if drawn not in self._drawn:
                self._drawn.add(drawn)
                self._order.append(drawn)
        return self._order[place]
