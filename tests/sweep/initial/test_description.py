"""The description of a trainer."""

from sweep.initial.description import default_first


def test_the_default_is_the_first_of_the_choices():
    assert default_first("b", ("a", "b")) == ("b", "a")
    assert default_first("c", ("a", "b")) == ("a", "b")
