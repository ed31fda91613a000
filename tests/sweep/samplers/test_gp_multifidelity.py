"""`foretold`: the process it fits, the point it asks for, and what it leaves out of long searches."""

import numpy as np
import pytest
from scipy import stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from sweep.model.parameters import Choice, Constant, Parameter, Uniform
from sweep.model.trial import State
from sweep.samplers import Observation
from sweep.samplers.flat import Flat
from sweep.samplers.gp_multifidelity import MODELLED, foretold, modelled
from sweep.samplers.gp_regression import JITTER, fitted
from sweep.samplers.improvement import expected, most_promising
from sweep.spec import Metric, Search, StudySpec

NUMBERS = np.zeros(2, dtype=bool)
PLACES = np.random.default_rng(0).random((30, 2))
VALUES = np.sin(6 * PLACES[:, 0]) + 0.1 * np.random.default_rng(1).standard_normal(30)
SPACE = {
    "x": Parameter("x", Uniform(0.0, 1.0), "scientific"),
    "kind": Parameter("kind", Choice(("good", "poor")), "scientific"),
    "extra": Parameter("extra", Uniform(0.0, 1.0), "scientific", {"kind": ("good",)}),
}


def study(space=SPACE, **search):
    wanted = Search(method="foretold", trials=99, **search)
    return StudySpec("s", "own.py:train", Metric(name="m", goal="maximize"), space, search=wanted)


def test_what_a_process_foretells_is_what_scikit_learn_foretells_with_its_lengths():
    process = fitted(PLACES, VALUES, NUMBERS)
    kernel = ConstantKernel(process.scale) * Matern(process.weights**-0.5, nu=2.5) + WhiteKernel(
        process.noise + JITTER
    )
    theirs = GaussianProcessRegressor(kernel, optimizer=None).fit(PLACES, VALUES)
    asked = np.random.default_rng(2).random((20, 2))
    mean, sd = process.foretell(asked)
    their_mean, their_sd = theirs.predict(asked, return_std=True)
    assert mean == pytest.approx(their_mean, abs=1e-6)
    assert sd**2 + process.noise == pytest.approx(their_sd**2, abs=1e-4)


def test_a_coordinate_that_means_nothing_gets_the_greater_length():
    weights = fitted(PLACES, VALUES, NUMBERS).weights
    assert weights[1] < 0.2 * weights[0]


def test_believing_leaves_the_mean_and_takes_the_doubt():
    process = fitted(PLACES, VALUES, NUMBERS)
    asked = np.array([[0.5, 0.9]])
    after = process.believing(asked)
    assert after.foretell(asked)[0] == pytest.approx(process.foretell(asked)[0])
    assert after.foretell(asked)[1] < process.foretell(asked)[1]


def test_the_expected_improvement_is_that_of_the_normal_distribution_and_finite_far_away():
    process = fitted(PLACES, VALUES, NUMBERS)
    mean, sd = process.foretell(PLACES)
    level = float(mean.max())
    near = (mean - level) / sd > -4
    u = ((mean - level) / sd)[near]
    assert near.any()
    usual = np.log(sd[near] * (stats.norm.pdf(u) + u * stats.norm.cdf(u)))
    assert expected(process, PLACES, level)[near] == pytest.approx(usual, rel=1e-6)
    assert np.isfinite(expected(process, PLACES, 1e4)).all()


def test_the_most_promising_point_is_new_and_near_the_top():
    flat = Flat({n: Parameter(n, Uniform(0.0, 1.0), "scientific") for n in "ab"})
    known = np.random.default_rng(3).random((40, 2))
    values = -((known - 0.7) ** 2).sum(axis=1)
    process = fitted(known, (values - values.mean()) / values.std(), NUMBERS)
    place = most_promising(flat, process, known, np.random.default_rng(0))
    assert not (known == place).all(axis=1).any()
    assert np.abs(place - 0.7).max() < 0.15


def past_of(number, state=State.COMPLETE):
    """`extra` decides, among the configurations that have it; stopped ones report once what they would end with."""
    spec, past = study(n_startup_trials=number + 1), []
    for _ in range(number):
        config, memory = foretold(spec, past, 0)
        worth = 1.0 - abs(config["extra"] - 0.3) if "extra" in config else 0.0
        value = worth if state is State.COMPLETE or len(past) < 2 else None
        curve = {0: worth} if value is None else {0: worth, 1: worth}
        past.append(
            Observation(config, state if value is None else State.COMPLETE, value, curve, memory)
        )
    return past


@pytest.mark.parametrize("state", [State.COMPLETE, State.PRUNED])
def test_a_conditional_parameter_is_modelled_and_stopped_trials_teach_as_complete_ones_do(state):
    past = past_of(24, state)
    asked = [foretold(study(), past, seed) for seed in range(12)]
    modelled_ones = [config for config, memory in asked if "place" not in memory]
    near = [config for config in modelled_ones if abs(config.get("extra", 9.0) - 0.3) < 0.15]
    assert len(modelled_ones) >= 6
    assert len(near) > 0.7 * len(modelled_ones)


def test_a_region_where_trials_fail_is_left():
    past = [
        Observation(seen.config, State.FAILED) if seen.config["kind"] == "good" else seen
        for seen in past_of(24)
    ]
    spread = [
        Observation(s.config, s.state, s.config["x"], s.curve) if s.value is not None else s
        for s in past
    ]
    asked = [foretold(study(), spread, seed) for seed in range(12)]
    kinds = [config["kind"] for config, memory in asked if "place" not in memory]
    assert kinds.count("good") < 0.3 * len(kinds)


def test_a_space_of_constants_has_one_configuration():
    config, _ = foretold(study({"epochs": Parameter("epochs", Constant(4), "fixed")}), [], 0)
    assert config == {"epochs": 4}


def test_of_a_long_search_the_best_and_the_latest_are_modelled():
    told = -np.arange(1000.0)  # the first are the best
    told[500:510] = np.nan  # these run
    chosen = modelled(told).tolist()
    assert len(chosen) == MODELLED
    assert chosen == [*range(MODELLED // 2), *range(1000 - MODELLED // 2, 1000)]
    assert modelled(np.array([np.nan, 2.0, np.nan, 1.0])).tolist() == [1, 3]
