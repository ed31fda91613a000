"""Measure how often a search says that its best value lies at an end of a range.

    python -m benchmarks.range_ends [--searches 200] [--trials 50] [--methods random tpe]

prints the share of searches that name an end (`sweep.search.range_ends`), for searches over 1, 3
and 6 numbers in a range of width 1. On a flat objective every value is noise, and each end that is
named is a false alarm. Otherwise the objective is minus the squared distance from an optimum, with
noise of 0.02. The optimum of the first number is at the place printed: 0 and 1 are the ends of its
range, 1.2 lies beyond. Those of the others lie inside.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence

from sweep.model.domains import Uniform
from sweep.model.parameters import Parameter, Parameters
from sweep.model.search_space import SearchSpace
from sweep.model.trial import State
from sweep.samplers import Observation
from sweep.samplers.registry import SAMPLERS
from sweep.search.range_ends import RangeEnd, ends_of

LOW = 1.0  # of every number
NOISE = 0.02
PLACES = (None, 1.2, 1.0, 0.95, 0.85)  # of the first optimum; None: flat
Objective = Callable[[Sequence[float]], float]


def objective(place: float | None, numbers: int, seed: int) -> Objective:
    """A noisy objective to maximize, of numbers from 0 to 1.

    Args:
        place: of the optimum of the first number; None: every value is noise.
        numbers: how many there are.
        seed: of the noise and the other optima.
    """
    generator = random.Random(seed)
    if place is None:
        return lambda _: generator.gauss(0.0, 1.0)
    optima = [place, *(generator.uniform(0.2, 0.8) for _ in range(numbers - 1))]

    def value(point: Sequence[float]) -> float:
        pairs = zip(point, optima, strict=True)
        distance = sum((each - optimum) ** 2 for each, optimum in pairs)
        return generator.gauss(-distance, NOISE)

    return value


def searched(
    method: str, numbers: int, trials: int, value: Objective, seed: int
) -> list[RangeEnd]:
    """The ends that one search names."""
    parameters: Parameters = {
        f"x{i}": Parameter(f"x{i}", Uniform(LOW, LOW + 1), "nuisance")
        for i in range(numbers)
    }
    space = SearchSpace(parameters, "value", "maximize")
    sampler = SAMPLERS[method](method=method, trials=trials)
    observations: list[Observation] = []
    for number in range(trials):
        config, memory = sampler.suggest(space, observations, 100_000 * seed + number)
        result = value([config[name] - LOW for name in parameters])
        observations.append(Observation(config, State.COMPLETE, result, memory=memory))
    return ends_of(parameters, observations, "maximize")


def share(
    method: str, numbers: int, trials: int, place: float | None, searches: int
) -> float:
    """The share of searches that name the upper end of the first number; on a flat one, any end."""
    named = 0
    for seed in range(searches):
        value = objective(place, numbers, seed)
        ends = searched(method, numbers, trials, value, seed)
        if place is not None:
            ends = [each for each in ends if (each.name, each.side) == ("x0", "upper")]
        named += bool(ends)
    return named / searches


def main() -> None:
    """Print a row for each method and number of parameters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--methods", nargs="+", default=["random", "tpe"])
    given = parser.parse_args()
    for method in given.methods:
        for numbers in (1, 3, 6):
            shares = []
            for place in PLACES:
                found = share(method, numbers, given.trials, place, given.searches)
                where = "flat" if place is None else f"{place:g}"
                shares.append(f"{where} {found:.1%}")
            print(f"{method}, {numbers} numbers: {', '.join(shares)}", flush=True)


if __name__ == "__main__":
    main()
