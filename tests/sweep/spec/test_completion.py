"""A complete configuration from the values that are stated."""

import pytest

from sweep.errors import UsageError
from sweep.model.domains import Choice, Constant, Uniform
from sweep.model.parameters import Parameter
from sweep.spec.completion import complete

PARAMETERS = {
    "epochs": Parameter("epochs", Constant(4), "fixed"),
    "gamma": Parameter("gamma", Uniform(0.0, 4.0), "scientific", {"loss": ("focal",)}),
    "loss": Parameter("loss", Choice(("ce", "focal")), "scientific"),
}


def test_completion_keeps_given_values_and_lists_those_it_fills_in():
    config, filled = complete(PARAMETERS, {"loss": "focal"}, {"gamma": 2.0}, "arm")
    assert config == {"epochs": 4, "gamma": 2.0, "loss": "focal"}
    assert list(config) == ["epochs", "gamma", "loss"], "in file order"
    assert filled == ("gamma",)


def test_a_filled_value_decides_which_further_parameters_exist():
    values = {"loss": "ce", "gamma": 2.0}
    assert complete(PARAMETERS, {}, values, "arm") == (
        {"epochs": 4, "loss": "ce"},
        ("loss",),
    )


def test_a_filling_function_sees_the_values_so_far():
    def fill(name, config):
        return "focal" if name == "loss" else config["epochs"] / 2

    config, _ = complete(PARAMETERS, {}, fill, "arm")
    assert config["gamma"] == 2.0


@pytest.mark.parametrize("fill", [None, {"loss": "focal"}])
def test_a_parameter_that_stays_open_is_refused_with_its_arm(fill):
    with pytest.raises(UsageError, match=r"arm 'mine' leaves '(loss|gamma)' open"):
        complete(PARAMETERS, {}, fill, "mine")
