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


def test_cmaes_equals_the_librarys_optimiser():
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
def test_cmaes_converges_to_the_optimum(goal, sign):
    past = searched(study(goal=goal), 90, sign=sign)
    assert (
        np.median([bowl(seen.config) for seen in past[-18:]])
        < 0.01 * bowl(past[0].config) + 1e-3
    )


def test_late_or_revised_results_change_no_earlier_generation():
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


def test_pruned_trials_rank_last_and_failed_ones_are_skipped():
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


def test_the_memory_of_cmaes_grows_with_parameters_not_trials():
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
def test_a_value_survives_its_coordinate(domain):
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


def test_cmaes_adapts_unconditional_numbers():
    under = Parameter("y", Uniform(0.0, 1.0), "scientific", {"loss": ("a",)})
    single = Parameter("n", IntUniform(2, 2), "scientific")
    space = {"x": NUMBER, "loss": CHOICE, "y": under, "n": single}
    assert adapted(space) == ["x"]


def test_cmaes_notes_parameters_left_to_tpe_and_too_few_trials():
    beside, few = Cmaes(trials=9).notes({"x": NUMBER, "loss": CHOICE})
    assert beside == "cmaes adapts x; tpe suggests loss"
    assert few.startswith("9 trials are fewer than the 10 generations of 4")
    assert list(Cmaes(trials=99).notes({"x": NUMBER})) == []


def test_cmaes_cannot_retune_only_choices():
    assert Cmaes.retune_fault({"loss": CHOICE}) is not None
    assert Cmaes.retune_fault({"loss": CHOICE, "x": NUMBER}) is None
    (fault,) = Cmaes(trials=9).faults({"loss": CHOICE}, ("search", "method"))
    assert fault.problem.endswith("and no parameter is one")
