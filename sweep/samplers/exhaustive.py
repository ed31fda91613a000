"""Every configuration of a finite space once: in file order, or in a random one."""

from __future__ import annotations

import functools
import itertools
import random as python_random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sweep import parameters
from sweep.errors import UsageError
from sweep.parameters import Constant, Parameter, Parameters, among
from sweep.samplers.seam import Memory, Observation
from sweep.spec import StudySpec
from sweep.trial import configuration_key

_MOST_SHUFFLED = 2**17  # configurations whose order is kept as a list; of a larger space few will ever be tried


def grid(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Every configuration once, in file order, the last parameter varying fastest. The seed has nothing to decide.

    What was enqueued is not tried again.
    """
    begin = _next(past)
    return _first_untried(spec, past, enumerate(itertools.islice(parameters.grid(spec.parameters), begin, None), begin))


def brute_force(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Every configuration once, in an order shuffled by `search.seed`: what was tried so far is always a fair sample.

    A grid that is stopped half way knows one half of its first parameter's values; this one knows a bit of each. Every
    configuration is equally likely to come next, so a branch with many conditional ones comes up more often.
    """
    study_seed = 0 if spec.search is None else spec.search.seed
    size = parameters.size(spec.parameters)
    if size is None:
        raise UsageError("a parameter is continuous: its configurations cannot all be tried; give it `values`, or `q`")
    begin = _next(past)
    order = enumerate(itertools.islice(_shuffled(size, study_seed), begin, None), begin)
    return _first_untried(spec, past, ((place, nth(spec.parameters, index)) for place, index in order))


def nth(space: Parameters, index: int) -> dict[str, Any]:
    """The configuration at `index` of `parameters.grid`, without those before it."""
    open_ = dict(space)
    for name in parameters.order(space):
        chosen = {n: p.domain.value for n, p in open_.items() if n != name and isinstance(p.domain, Constant)}
        if not parameters.is_active(space[name], chosen):
            del open_[name]
            continue
        mentioned = tuple(value for p in space.values() for value in p.when.get(name, ()))
        usual: int | None = None  # configurations below a value that no condition mentions
        for value in parameters.values(space[name].domain) or ():
            tried = {**open_, name: replace(space[name], domain=Constant(value))}
            below = _size(tried, space) if among(value, mentioned) else (usual := usual or _size(tried, space))
            if index < below:
                open_ = tried
                break
            index -= below
        else:
            raise IndexError(f"the grid has no configuration at {index} beyond its end")
    return {n: p.domain.value for n in space if (p := open_.get(n)) is not None and isinstance(p.domain, Constant)}


def _size(part: dict[str, Parameter], space: Parameters) -> int:
    """Configurations of a partly settled space; a parameter whose parent was found absent is absent as well."""
    kept = {n: p for n, p in part.items() if all(parent in part or parent not in space for parent in p.when)}
    return parameters.size(kept) or 1 if len(kept) == len(part) else _size(kept, space)


def _next(past: Sequence[Observation]) -> int:
    return 1 + max((seen.memory["place"] for seen in past if "place" in seen.memory), default=-1)


def _first_untried(
    spec: StudySpec, past: Sequence[Observation], candidates: Iterator[tuple[int, dict[str, Any]]]
) -> tuple[dict[str, Any], Memory]:
    tried = {configuration_key(seen.config) for seen in past if "place" not in seen.memory}
    for place, config in candidates:
        if not tried or configuration_key(config) not in tried:
            return config, {"place": place}
    raise UsageError("every configuration was tried")


def _shuffled(size: int, seed: int) -> Iterator[int]:
    """The numbers below `size` in random order."""
    if size <= _MOST_SHUFFLED:
        return iter(_permutation(size, seed))
    return _distinct(size, seed)


@functools.lru_cache(maxsize=4)
def _permutation(size: int, seed: int) -> list[int]:
    numbers = list(range(size))
    python_random.Random(seed).shuffle(numbers)
    return numbers


def _distinct(size: int, seed: int) -> Iterator[int]:
    generator, seen = python_random.Random(seed), set[int]()
    while len(seen) < size:
        if (number := generator.randrange(size)) not in seen:
            seen.add(number)
            yield number
