"""Quasi-random points are those of SciPy, put through the distributions of the parameters."""

import random

import numpy as np
import pytest
from scipy.stats import qmc as sequences

from sweep.model.domains import Choice, Constant, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import Observation, SearchSpace, draw
from sweep.samplers.quasi_random import Qmc, next_point


def points(parameters, kind, number):
    sampler, space = (
        Qmc(trials=64, seed=7, sequence=kind),
        SearchSpace(parameters, "m", "maximize"),
    )
    past = []
    for _ in range(number):
        config, memory = sampler.suggest(space, past, 0)
        past.append(Observation(config, State.RUNNING, memory=memory))
    return [seen.config for seen in past]


CUBE = {n: Parameter(n, Uniform(0.0, 1.0), "scientific") for n in "abc"}


@pytest.mark.parametrize(
    "kind, engine", [("sobol", sequences.Sobol), ("halton", sequences.Halton)]
)
def test_the_points_are_those_of_scipy_one_after_another(kind, engine):
    found = np.array([[config[n] for n in "abc"] for config in points(CUBE, kind, 16)])
    np.testing.assert_allclose(
        found, engine(3, scramble=True, seed=7).random(16), rtol=1e-12
    )


def test_the_points_fill_the_space_more_evenly_than_random_ones():
    found = np.array([[config[n] for n in "abc"] for config in points(CUBE, None, 64)])
    generators = [random.Random(seed) for seed in range(20)]
    drawn = [
        np.array([[draw(CUBE[n].domain, g) for n in "abc"] for _ in range(64)])
        for g in generators
    ]
    assert sequences.discrepancy(found) < min(
        sequences.discrepancy(each) for each in drawn
    )


def test_probabilities_hold_and_conditional_parameters_keep_their_coordinate():
    space = {
        "epochs": Parameter("epochs", Constant(4), "fixed"),
        "loss": Parameter("loss", Choice(("ce", "focal"), (0.25, 0.75)), "scientific"),
        "gamma": Parameter(
            "gamma", Uniform(0.0, 4.0), "scientific", {"loss": ("focal",)}
        ),
        "rate": Parameter("rate", Uniform(0.0, 1.0), "scientific"),
    }
    found = points(space, "sobol", 64)
    assert [config["loss"] for config in found].count("focal") == 48, (
        "Sobol' points are balanced"
    )
    assert all(("gamma" in config) == (config["loss"] == "focal") for config in found)
    assert sorted(int(config["rate"] * 64) for config in found) == list(range(64))


def test_the_sequence_continues_after_the_remembered_position():
    enqueued = Observation({"a": 0.5, "b": 0.5, "c": 0.5}, State.COMPLETE, 1.0)
    _, memory = next_point(CUBE, [enqueued], "sobol", 7)
    assert memory == {"place": 0}
    at_four = Observation({}, State.RUNNING, memory={"place": 4})
    assert next_point(CUBE, [at_four, enqueued], "sobol", 7)[1] == {"place": 5}


@pytest.mark.parametrize(
    "trials, sequence, notes",
    [
        (64, None, []),
        (40, "halton", []),
        (
            40,
            "sobol",
            [
                "Sobol' points are balanced at powers of two: prefer 32 or 64 trials to 40"
            ],
        ),
    ],
)
def test_a_number_of_trials_at_which_sobol_points_are_not_balanced_is_noted(
    trials, sequence, notes
):
    assert list(Qmc(trials=trials, sequence=sequence).notes(CUBE)) == notes
