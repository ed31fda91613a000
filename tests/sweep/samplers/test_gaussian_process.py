"""`gp`: what it models, and what it says of a space that it models in part."""

import pytest

from sweep.model.domains import Choice, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import Gp, Observation, SearchSpace

KIND = Parameter("kind", Choice(("a", "b")), "scientific")
X = Parameter("x", Uniform(0.0, 1.0), "scientific")
EXTRA = Parameter("extra", Uniform(0.0, 1.0), "scientific", {"kind": ("a",)})


def test_gp_suggests_near_the_optimum_of_a_smooth_function():
    space = SearchSpace({"x": X}, "m", "maximize")
    observed = [
        Observation({"x": n / 8}, State.COMPLETE, -((n / 8 - 0.8) ** 2), {0: 0.0})
        for n in range(9)
    ]
    config, _ = Gp(trials=20, n_startup_trials=3).suggest(space, observed, 0)
    assert abs(config["x"] - 0.8) < 0.15


@pytest.mark.parametrize(
    "parameters, trials, notes",
    [
        ({"x": X}, 20, []),
        (
            {"kind": KIND, "extra": EXTRA},
            20,
            [
                "gp models parameters that exist in every configuration; tpe suggests extra, each independently"
            ],
        ),
        (
            {"x": X},
            501,
            [
                "the cost of gp grows with the cube of the completed trials: 501 will be slow; tpe is faster"
            ],
        ),
    ],
)
def test_gp_notes_conditional_parameters_and_its_cost(parameters, trials, notes):
    assert list(Gp(trials=trials).notes(parameters)) == notes
