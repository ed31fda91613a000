"""`gp_multifidelity`: what it asks for, and what it leaves out of long searches."""

import numpy as np
import pytest

from sweep.model.domains import Choice, Constant, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import EXPLORES, State
from sweep.samplers import GpMultifidelity, Observation, SearchSpace
from sweep.samplers.gp_multifidelity import MODELLED, modelled

SPACE = {
    "x": Parameter("x", Uniform(0.0, 1.0), "scientific"),
    "kind": Parameter("kind", Choice(("good", "poor")), "scientific"),
    "extra": Parameter("extra", Uniform(0.0, 1.0), "scientific", {"kind": ("good",)}),
}


def asked_for(past, seed, space=SPACE, **keys):
    """The answer of the sampler, with keys of its section."""
    sampler = GpMultifidelity(trials=99, **keys)
    return sampler.suggest(SearchSpace(space, "m", "maximize"), past, seed)


def past_of(number, state=State.COMPLETE):
    """`extra` decides, among the configurations that have it; stopped ones report once
    what they would end with."""
    past = []
    for _ in range(number):
        config, memory = asked_for(past, 0, n_startup_trials=number + 1)
        worth = 1.0 - abs(config["extra"] - 0.3) if "extra" in config else 0.0
        value = worth if state is State.COMPLETE or len(past) < 2 else None
        curve = {0: worth} if value is None else {0: worth, 1: worth}
        past.append(
            Observation(
                config, state if value is None else State.COMPLETE, value, curve, memory
            )
        )
    return past


@pytest.mark.parametrize("state", [State.COMPLETE, State.PRUNED])
def test_conditional_parameters_and_stopped_trials_are_modelled(
    state,
):
    past = past_of(24, state)
    asked = [asked_for(past, seed) for seed in range(12)]
    modelled_ones = [config for config, memory in asked if "place" not in memory]
    near = [
        config for config in modelled_ones if abs(config.get("extra", 9.0) - 0.3) < 0.15
    ]
    assert len(modelled_ones) >= 6
    assert len(near) > 0.7 * len(modelled_ones)


def test_regions_with_failures_are_avoided():
    past = [
        Observation(seen.config, State.FAILED)
        if seen.config["kind"] == "good"
        else seen
        for seen in past_of(24)
    ]
    spread = [
        Observation(s.config, s.state, s.config["x"], s.curve)
        if s.value is not None
        else s
        for s in past
    ]
    asked = [asked_for(spread, seed) for seed in range(12)]
    kinds = [config["kind"] for config, memory in asked if "place" not in memory]
    assert kinds.count("good") < 0.3 * len(kinds)


ONE = {"x": Parameter("x", Uniform(0.0, 1.0), "scientific")}


def plateau(number):
    """Trials of which the latest measure the best point again and again."""
    past = [
        Observation({"x": x}, State.COMPLETE, -abs(x - 0.9), {0: 0.0}, {})
        for x in np.linspace(0.0, 0.8, 12).tolist()
    ]
    generator = np.random.default_rng(0)
    for _ in range(number):
        x, noise = (0.001, 0.02) * generator.standard_normal(2)
        config = {"x": 0.9 + float(x)}
        past.append(Observation(config, State.COMPLETE, float(noise), {0: 0.0}, {}))
    return past


def share_of_exploring(past):
    asked = [asked_for(past, seed, ONE) for seed in range(40)]
    return sum(EXPLORES in memory for _, memory in asked) / len(asked)


def test_a_point_whose_value_is_known_is_not_tried_again_and_again():
    assert share_of_exploring(plateau(0)) < 0.4
    assert share_of_exploring(plateau(30)) > 0.6


def test_the_first_configurations_and_those_without_a_model_explore():
    past = past_of(12)
    assert all(seen.memory[EXPLORES] for seen in past)
    assert asked_for(past[:2], 0, n_startup_trials=1)[1][EXPLORES], "too few values"
    memories = [asked_for(past, seed)[1] for seed in range(30)]
    assert all((EXPLORES in memory) == ("place" in memory) for memory in memories)
    assert 0 < sum(EXPLORES in memory for memory in memories) < 30


def test_a_space_of_constants_has_one_configuration():
    config, _ = asked_for([], 0, {"epochs": Parameter("epochs", Constant(4), "fixed")})
    assert config == {"epochs": 4}


def test_a_long_search_models_only_its_best_and_latest_trials():
    told = -np.arange(1000.0)  # the first are the best
    told[500:510] = np.nan  # these run
    chosen = modelled(told).tolist()
    assert len(chosen) == MODELLED
    assert chosen == [*range(MODELLED // 2), *range(1000 - MODELLED // 2, 1000)]
    assert modelled(np.array([np.nan, 2.0, np.nan, 1.0])).tolist() == [1, 3]


def test_the_old_name_of_gp_multifidelity_is_accepted_and_replaced():
    assert GpMultifidelity(method="foretold", trials=3) == GpMultifidelity(trials=3)
    assert GpMultifidelity(method="foretold", trials=3).method == "gp_multifidelity"
