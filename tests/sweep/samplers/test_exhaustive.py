"""Samplers that try everything there is once."""

from collections import Counter

import pytest
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.model import domains, grids
from sweep.model.domains import Choice, Constant, IntUniform, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import BruteForce, Grid, Observation, SearchSpace
from sweep.samplers.exhaustive import _MOST_SHUFFLED

FINITE = st.sampled_from(
    [
        Constant(3),
        Choice(("a", "b")),
        IntUniform(1, 5),
        IntUniform(0, 6, step=3),
        Uniform(0.0, 0.2, step=0.1),
    ]
)


@st.composite
def spaces(draw):
    """Up to four finite parameters, each of which may depend on those before it."""
    space = {}
    for name in "abcd"[: draw(st.integers(1, 4))]:
        when = {}
        for parent in (
            draw(st.lists(st.sampled_from(sorted(space)), max_size=2, unique=True))
            if space
            else ()
        ):
            values = list(domains.values(space[parent].domain))
            when[parent] = tuple(
                draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
            )
        space[name] = Parameter(name, draw(FINITE), "scientific", when)
    return space


GRID, BRUTE_FORCE = Grid(trials=99), BruteForce(trials=99)


def study(space):
    return SearchSpace(space, "m", "maximize")


def tried(sampler, spec, number):
    past = []
    for _ in range(number):
        config, memory = sampler.suggest(spec, past, 0)
        past.append(Observation(config, State.RUNNING, memory=memory))
    return [seen.config for seen in past]


def test_brute_force_tries_the_grid_in_a_random_order():
    space = {n: Parameter(n, IntUniform(1, 3), "scientific") for n in "abc"}
    everything = tried(GRID, study(space), 27)
    shuffled = tried(BRUTE_FORCE, study(space), 27)
    assert everything == list(grids.grid(space))
    assert shuffled != everything
    assert sorted(map(str, shuffled)) == sorted(map(str, everything))


def test_half_a_brute_force_search_covers_every_value_and_half_a_grid_does_not():
    space = {n: Parameter(n, IntUniform(1, 4), "scientific") for n in "abc"}
    assert {config["a"] for config in tried(GRID, study(space), 32)} == {1, 2}
    counts = Counter(config["a"] for config in tried(BRUTE_FORCE, study(space), 32))
    assert min(counts[value] for value in (1, 2, 3, 4)) >= 4


def test_a_space_too_large_to_be_listed_is_tried_without_repetition():
    space = {n: Parameter(n, IntUniform(1, 1000), "scientific") for n in "abc"}
    assert grids.size(space) > _MOST_SHUFFLED
    found = tried(BRUTE_FORCE, study(space), 30)
    assert len({str(config) for config in found}) == 30


@pytest.mark.parametrize("sampler", [GRID, BRUTE_FORCE])
def test_enqueued_configurations_are_skipped(sampler):
    space = {"a": Parameter("a", IntUniform(1, 3), "scientific")}
    spec = study(space)
    past = [Observation({"a": 2}, State.COMPLETE, 0.5, memory={"enqueued": {"a": 2}})]
    for _ in range(2):
        config, memory = sampler.suggest(spec, past, 0)
        past.append(Observation(config, State.RUNNING, memory=memory))
    assert sorted(seen.config["a"] for seen in past) == [1, 2, 3]
    with pytest.raises(UsageError, match="every configuration was tried"):
        sampler.suggest(spec, past, 0)


@pytest.mark.parametrize("sampler", [GRID, BRUTE_FORCE])
def test_a_continuous_space_is_refused(sampler):
    with pytest.raises(UsageError, match="continuous"):
        sampler.suggest(
            study({"a": Parameter("a", Uniform(0.0, 1.0), "scientific")}), [], 0
        )
