"""Every configuration of a finite space once: in file order, or in a random one."""

from __future__ import annotations

import functools
import random as python_random
from collections.abc import Iterator, Sequence
from typing import Any

from sweep.errors import UsageError
from sweep.model.grids import Space
from sweep.model.trial import configuration_key
from sweep.samplers.protocol import Memory, Observation
from sweep.spec import StudySpec

_MOST_SHUFFLED = (
    2**17
)  # configurations whose order is kept as a list; of a larger space few will ever be tried


def grid(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Every configuration once, in file order, the last parameter varying fastest. The seed has
    nothing to decide.

    What was enqueued is not tried again.
    """
    space = Space(spec.parameters)
    return _first_untried(
        spec, past, space, ((place, place) for place in range(_next(past), space.size))
    )


def brute_force(
    spec: StudySpec, past: Sequence[Observation], seed: int
) -> tuple[dict[str, Any], Memory]:
    """Every configuration once, in an order shuffled by `search.seed`: what was tried so far is
    always a fair sample.

    A grid that is stopped half way knows one half of its first parameter's values; this one knows a
    bit of each. Every configuration is equally likely to come next, so a branch with many
    conditional ones comes up more often.
    """
    study_seed = 0 if spec.search is None else spec.search.seed
    space, begin = Space(spec.parameters), _next(past)
    order = _shuffled(space.size, study_seed)
    return _first_untried(
        spec, past, space, ((place, order.at(place)) for place in range(begin, space.size))
    )


def _next(past: Sequence[Observation]) -> int:
    """The place behind the last one that was tried: places only grow."""
    return 1 + next((seen.memory["place"] for seen in reversed(past) if "place" in seen.memory), -1)


def _first_untried(
    spec: StudySpec,
    past: Sequence[Observation],
    space: Space,
    candidates: Iterator[tuple[int, int]],
) -> tuple[dict[str, Any], Memory]:
    """The first configuration that was not tried, of `candidates`: places in the search, and in the grid."""
    tried = {configuration_key(seen.config) for seen in past if "place" not in seen.memory}
    for place, index in candidates:
        config = space.at(index)
        if not tried or configuration_key(config) not in tried:
            return config, {"place": place}
    raise UsageError("every configuration was tried")


@functools.lru_cache(maxsize=4)
def _shuffled(size: int, seed: int) -> _Shuffled:
    return _Shuffled(size, seed)


class _Shuffled:
    """The numbers below `size` in random order, those of a large size drawn as far as somebody asks."""

    def __init__(self, size: int, seed: int):
        self._size, self._generator = size, python_random.Random(seed)
        self._numbers: list[int] = []
        self._seen: set[int] = set()
        if size <= _MOST_SHUFFLED:
            self._numbers = list(range(size))
            self._generator.shuffle(self._numbers)

    def at(self, place: int) -> int:
        while len(self._numbers) <= place:
            if (number := self._generator.randrange(self._size)) not in self._seen:
                self._seen.add(number)
                self._numbers.append(number)
        return self._numbers[place]
