"""CMA-ES: what is remembered with the trials makes the same optimiser again."""

import json
from dataclasses import replace

import cmaes as library
import numpy as np
import pytest

from sweep.errors import UsageError
from sweep.model.domains import Beta, Choice, IntUniform, Normal, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import Cmaes, Observation, SearchSpace
from sweep.samplers.evolution import _share, _value, adapted

CMAES = Cmaes(trials=99)
PLANE = {n: Parameter(n, Uniform(0.0, 1.0), "scientific") for n in "ab"}


def study(space=None, goal="minimize"):
    return SearchSpace(space or PLANE, "m", goal)


def bowl(config):
    return (config["a"] - 0.8) ** 2 + (config["b"] - 0.3) ** 2


def searched(spec, number, ended=lambda n: State.COMPLETE, sign=1.0):
    past = []
    for n in range(number):
        config, memory = CMAES.suggest(spec, past, n)
        value = sign * bowl(config)
        state = ended(n)
        past.append(
            Observation(
                config,
                state,
                value if state is State.COMPLETE else None,
                {0: value},
                memory,
            )
        )
    return past


def test_it_is_the_librarys_optimiser_asked_and_told_one_after_another():
    past = searched(study(), 30)
    optimiser = library.CMAwM(
        np.full(2, 0.5),
        1 / 6,
        np.tile([0.0, 1.0], (2, 1)),
        np.zeros(2),
        n_max_resampling=20,
        seed=0,
    )
    told = []
    for n, seen in enumerate(past):
        if len(told) == optimiser.population_size:
            optimiser.tell(told)
            told = []
        optimiser.reseed_rng(n)
        x, raw = optimiser.ask()
        np.testing.assert_allclose([seen.config["a"], seen.config["b"]], x, rtol=1e-9)
        told.append((raw, bowl(seen.config)))
    assert optimiser.generation == 4


@pytest.mark.parametrize("goal, sign", [("minimize", 1.0), ("maximize", -1.0)])
def test_it_closes_in_on_the_best_point(goal, sign):
    past = searched(study(goal=goal), 90, sign=sign)
    assert (
        np.median([bowl(seen.config) for seen in past[-18:]])
        < 0.01 * bowl(past[0].config) + 1e-3
    )


def test_what_ends_late_or_is_judged_again_changes_nothing_that_was_decided():
    spec, past = study(), []
    for n in range(7):  # all in flight
        config, memory = CMAES.suggest(spec, past, n)
        assert memory["generation"] == 0
        past.append(Observation(config, State.RUNNING, memory=memory))
    past[:6] = [
        replace(seen, state=State.COMPLETE, value=bowl(seen.config))
        for seen in past[:6]
    ]
    config, memory = CMAES.suggest(spec, past, 7)
    assert sorted(memory["parents"]) == [0, 1, 2, 3, 4, 5]
    past.append(Observation(config, State.RUNNING, memory=memory))
    next_one = CMAES.suggest(spec, past, 8)
    past[6] = replace(past[6], state=State.COMPLETE, value=-99.0)
    past[0] = replace(
        past[0], state=State.RUNNING, value=None
    )  # --extend gave it another seed
    assert CMAES.suggest(spec, past, 8) == next_one


def test_pruned_ones_rank_behind_and_failed_ones_are_passed_over():
    spec = study()
    past = searched(
        spec,
        8,
        ended=lambda n: {1: State.PRUNED, 2: State.FAILED}.get(n, State.COMPLETE),
    )
    parents = next(seen.memory["parents"] for seen in past if "parents" in seen.memory)
    assert parents[-1] == 1
    assert 2 not in parents
    assert len(parents) == 6


def test_what_it_remembers_grows_with_the_numbers_not_with_the_search():
    space = {
        f"x{i}": Parameter(f"x{i}", Uniform(0.0, 1.0), "scientific") for i in range(20)
    }
    spec, past = study(space), []
    for n in range(60):
        config, memory = CMAES.suggest(spec, past, n)
        past.append(
            Observation(config, State.COMPLETE, sum(config.values()), memory=memory)
        )
    sizes = [len(json.dumps(seen.memory)) for seen in past]
    assert max(sizes) < 20 * 25 + 200


@pytest.mark.parametrize(
    "domain",
    [
        Uniform(-2.0, 5.0),
        Uniform(1e-5, 1e-1, log=True),
        Uniform(0.0, 0.3, step=0.1),
        IntUniform(2, 9),
        IntUniform(0, 12, step=3),
        Normal(1.0, 2.0),
        Normal(0.0, 1.0, log=True),
        Beta(2.0, 3.0),
    ],
)
def test_a_value_stands_where_its_coordinate_says(domain):
    for value in (_value(domain, share) for share in (0.0, 0.1, 0.5, 0.77, 1.0)):
        assert _value(domain, _share(domain, value)) == pytest.approx(value)


def test_a_space_without_a_number_that_every_configuration_has_is_refused():
    space = {
        "loss": Parameter("loss", Choice(("a", "b")), "scientific"),
        "x": Parameter("x", Uniform(0.0, 1.0), "scientific", {"loss": ("a",)}),
    }
    with pytest.raises(UsageError, match="use method: tpe"):
        CMAES.suggest(study(space), [], 0)


NUMBER = Parameter("x", Uniform(0.0, 1.0), "scientific")
CHOICE = Parameter("loss", Choice(("a", "b")), "scientific")


def test_what_it_adapts_are_numbers_that_every_configuration_has():
    under = Parameter("y", Uniform(0.0, 1.0), "scientific", {"loss": ("a",)})
    single = Parameter("n", IntUniform(2, 2), "scientific")
    space = {"x": NUMBER, "loss": CHOICE, "y": under, "n": single}
    assert adapted(space) == ["x"]


def test_it_notes_what_tpe_suggests_beside_it_and_that_few_trials_are_no_evolution():
    beside, few = Cmaes(trials=9).notes({"x": NUMBER, "loss": CHOICE})
    assert beside == "cmaes adapts x; tpe suggests loss"
    assert few.startswith("9 trials are fewer than the 10 generations of 4")
    assert list(Cmaes(trials=99).notes({"x": NUMBER})) == []


def test_choices_alone_cannot_be_retuned_with_it():
    assert Cmaes.retune_fault({"loss": CHOICE}) is not None
    assert Cmaes.retune_fault({"loss": CHOICE, "x": NUMBER}) is None
    (fault,) = Cmaes(trials=9).faults({"loss": CHOICE}, ("search", "method"))
    assert fault.problem.endswith("and no parameter is one")
