"""`grid` and `brute_force`: every configuration of a finite space once.

`grid` goes in file order, `brute_force` in random order.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from sweep.errors import UsageError
from sweep.model.domains import count
from sweep.model.fault import Fault, Key
from sweep.model.grids import GridSpace, size
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace
from sweep.model.trial import configuration_key
from sweep.samplers.protocol import Memory, Observation
from sweep.samplers.section import Search

# Configurations whose order is stored as a list; of a larger space only a few will be tried.
_MOST_SHUFFLED = 2**17


class _Exhaustive(Search):
    """The common part of both methods: the space must be finite."""

    exhaustive: ClassVar[bool] = True

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """Parameters without a grid, and spaces that cannot be counted."""
        continuous = [name for name, p in parameters.items() if count(p.domain) is None]
        for name in continuous:
            problem = f"is continuous and has no grid (method: {self.method})"
            yield Fault(("parameters", name), problem, "values: […], or q for a step")
        if not continuous and size(parameters) is None:
            problem = "cannot count the configurations: too many conditions depend on each other"
            allowed = "fewer conditions, or method: random"
            yield Fault(at, f"{self.method} {problem}", allowed)


class Grid(_Exhaustive):
    """Every configuration once, in file order, with the last parameter varying fastest.

    The seed has no effect. Enqueued configurations are not tried again.
    """

    method: Literal["grid"] = "grid"

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The first configuration that was not tried."""
        configurations = GridSpace(space.parameters)
        positions = range(_next_position(observations), configurations.size)
        candidates = ((position, position) for position in positions)
        return _first_untried(observations, configurations, candidates)


class BruteForce(_Exhaustive):
    """Every configuration once, in an order shuffled by `seed`.

    The configurations tried so far are always a random sample of the space. A grid that is stopped
    half way has tried only half of its first parameter's values. Every configuration is equally
    likely to come next, so a branch with many conditional parameters comes up more often.
    """

    method: Literal["brute_force"] = "brute_force"

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The next configuration of the shuffled order that was not tried."""
        configurations = GridSpace(space.parameters)
        order = _shuffled(configurations.size, self.seed)
        positions = range(_next_position(observations), configurations.size)
        candidates = ((position, order.at(position)) for position in positions)
        return _first_untried(observations, configurations, candidates)


def _next_position(observations: Sequence[Observation]) -> int:
    """The position after the last one tried; positions only grow."""
    for observation in reversed(observations):
        if "place" in observation.memory:
            return 1 + int(observation.memory["place"])
    return 0


def _first_untried(
    observations: Sequence[Observation],
    configurations: GridSpace,
    candidates: Iterator[tuple[int, int]],
) -> tuple[dict[str, Any], Memory]:
    """The first configuration that was not tried.

    Args:
        observations: of the search.
        configurations: of the space, in the order of the grid.
        candidates: positions in the search, each with its index in the grid.
    """
    enqueued = [o.config for o in observations if "place" not in o.memory]
    tried = {configuration_key(config) for config in enqueued}
    for position, index in candidates:
        config = configurations.at(index)
        if not tried or configuration_key(config) not in tried:
            return config, {"place": position}
    raise UsageError("every configuration was tried")


@functools.lru_cache(maxsize=4)
def _shuffled(number: int, seed: int) -> _Shuffled:
    return _Shuffled(number, seed)


class _Shuffled:
    """The numbers below `number` in random order, drawn on demand if there are many."""

    def __init__(self, number: int, seed: int):
        self._number, self._generator = number, random.Random(seed)
        self._order: list[int] = []
        self._drawn: set[int] = set()
        if number <= _MOST_SHUFFLED:
            self._order = list(range(number))
            self._generator.shuffle(self._order)

    def at(self, position: int) -> int:
        """The number at a position of a random order without repetition."""
        while len(self._order) <= position:
            drawn = self._generator.randrange(self._number)
            if drawn not in self._drawn:
                self._drawn.add(drawn)
                self._order.append(drawn)
        return self._order[position]
