"""What is asked of every registered rule."""

import pytest

from sweep.stopping import RULES, Least, Looks, StoppingRule


@pytest.mark.parametrize("name", RULES)
def test_every_registered_class_answers_everything_that_the_protocol_asks(name):
    asked = {each for each in vars(StoppingRule) if not each.startswith("_")}
    assert {each for each in asked if not hasattr(RULES[name], each)} <= {"type"}
    assert RULES[name].model_fields["type"].default == name


def test_without_a_statement_everything_is_trained_and_nothing_is_drawn():
    assert Least() == Least(whole=0, epochs=None, runs=None, until=None)
    assert Looks() == Looks(epochs=(), caption="")
