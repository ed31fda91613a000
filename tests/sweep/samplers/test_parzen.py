"""`tpe`: Optuna's Parzen estimator, with the settings that this tool asks it with."""

import optuna

from sweep.model.domains import Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import Observation, SearchSpace, Tpe
from sweep.samplers.parzen import estimator
from sweep.samplers.replay import distribution

X = Parameter("x", Uniform(0.0, 1.0), "scientific")
SPACE = SearchSpace({"x": X}, "m", "minimize")
OBSERVED = [
    Observation({"x": n / 12}, State.COMPLETE, (n / 12 - 0.3) ** 2, {0: 1.0})
    for n in range(12)
]


def test_tpe_suggests_what_optunas_estimator_suggests():
    study = optuna.create_study(direction="minimize", sampler=estimator(7, 5))
    for observation in OBSERVED:
        study.add_trial(
            optuna.trial.create_trial(
                value=observation.value,
                params=dict(observation.config),
                distributions={"x": distribution(X)},
                intermediate_values=dict(observation.curve),
            )
        )
    theirs = study.ask({"x": distribution(X)}).params["x"]
    config, memory = Tpe(trials=20, n_startup_trials=5).suggest(SPACE, OBSERVED, 7)
    assert config == {"x": theirs}
    assert memory["params"] == {"x": theirs}


def test_before_n_startup_trials_the_observations_change_nothing():
    sampler = Tpe(trials=20, n_startup_trials=99)
    turned = [Observation(o.config, o.state, -o.value, o.curve) for o in OBSERVED]
    assert sampler.suggest(SPACE, OBSERVED, 3) == sampler.suggest(SPACE, turned, 3)


def test_tpe_uses_results_and_suits_several_objectives():
    assert Tpe.learns
    assert Tpe.several_objectives
    assert not Tpe.exhaustive
