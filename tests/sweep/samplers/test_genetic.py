"""`nsga2`: generations, and searches that it is not made for."""

import pytest

from sweep.model.domains import Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import Nsga2, Observation, SearchSpace

OBJECTIVES = ({"name": "m", "goal": "maximize"}, {"name": "size", "goal": "minimize"})
SPACE = SearchSpace(
    {name: Parameter(name, Uniform(0.0, 1.0), "scientific") for name in "ab"},
    "m",
    "maximize",
    objectives=("maximize", "minimize"),
)
AT = ("search", "method")


@pytest.mark.parametrize(
    "trials, population, size",
    [(40, None, 10), (400, None, 50), (3, None, 2), (40, 6, 6)],
)
def test_a_generation_is_a_quarter_of_the_trials_and_fifty_at_most(
    trials, population, size
):
    assert Nsga2(trials=trials, population=population).generation_size == size


def test_later_generations_inherit_from_the_pareto_front():
    sampler, observations = Nsga2(trials=40, population=8, objectives=OBJECTIVES), []
    for number in range(40):
        config, memory = sampler.suggest(SPACE, observations, number)
        values = (config["a"], config["b"])  # the best has a large `a` and a small `b`
        observations.append(
            Observation(config, State.COMPLETE, values[0], {}, memory, values=values)
        )

    def mean(part, name):
        return sum(observation.config[name] for observation in part) / len(part)

    assert mean(observations[24:], "a") > mean(observations[:8], "a")
    assert mean(observations[24:], "b") < mean(observations[:8], "b")


def test_one_metric_or_a_single_generation_is_refused():
    population, objectives = Nsga2(trials=8, population=8).faults(SPACE.parameters, AT)
    assert population.key == ("search", "population")
    assert population.problem.startswith(
        "the first generation, 8 random trials, is the whole search"
    )
    assert objectives.key == AT
    assert objectives.problem.endswith("and the study has one metric")
    sound = Nsga2(trials=8, population=4, objectives=OBJECTIVES)
    assert list(sound.faults(SPACE.parameters, AT)) == []


def test_an_arm_is_tuned_for_one_metric():
    assert Nsga2.retune_fault(SPACE.parameters)[1] == "method: tpe"
