"""What a sampler is told of a study."""

from sweep.model.domains import Choice, Constant, Uniform
from sweep.model.parameters import Parameter
from sweep.model.search_space import SearchSpace, searched, unconditional

PARAMETERS = {
    "epochs": Parameter("epochs", Constant(4), "fixed"),
    "rate": Parameter("rate", Uniform(0.0, 1.0), "nuisance"),
    "loss": Parameter("loss", Choice(("ce", "focal")), "scientific"),
    "gamma": Parameter("gamma", Uniform(0.0, 4.0), "scientific", {"loss": ("focal",)}),
    "depth": Parameter(
        "depth", Uniform(0.0, 4.0), "scientific", {"loss": ("ce", "focal")}
    ),
    "later": Parameter("later", Uniform(0.0, 4.0), "scientific", {"gamma": (1.0,)}),
}


def test_what_is_searched_has_more_than_one_value():
    assert searched(PARAMETERS) == ["rate", "loss", "gamma", "depth", "later"]


def test_a_condition_that_holds_for_every_value_of_the_parent_is_none():
    assert unconditional(PARAMETERS) == ("epochs", "rate", "loss", "depth")


def test_without_objectives_the_goal_is_that_of_the_metric():
    assert SearchSpace(PARAMETERS, "m", "minimize").goals == ["minimize"]
    several = SearchSpace(
        PARAMETERS, "m", "minimize", objectives=("maximize", "minimize")
    )
    assert several.goals == ["maximize", "minimize"]
