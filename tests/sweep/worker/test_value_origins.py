"""Whether a setting follows from a parameter's value, in the forms that trainers use."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sweep.worker.value_origins import origin

CHANGED = {"decay": (0.3, 0.4), "rate": (0.1, 0.04)}
FORMS = {
    "itself": lambda v: v,
    "a multiple": lambda v: 7.5 * v,
    "a summand": lambda v: v + 2,
    "what is left of 1": lambda v: 1 - v,
    "the logarithm": math.log,
    "the logarithm of the inverse": lambda v: math.log(1 / v),
    "the inverse": lambda v: 3 / v,
    "the square": lambda v: v * v,
    "the root": math.sqrt,
    "the inverse of the sigmoid": lambda v: math.log(v / (1 - v)),
    "the inverse of the softplus": lambda v: math.log(math.expm1(v)),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_setting_follows_from_the_value_whose_form_it_is(form):
    assert origin(FORMS[form](0.1), FORMS[form](0.04), CHANGED) == "rate"


def test_a_flag_or_a_word_follows_only_if_it_is_the_value():
    changed = {"nesterov": (False, True), "loss": ("hinge", "focal")}
    assert origin(False, True, changed) == "nesterov"
    assert origin("hinge", "focal", changed) == "loss"
    assert origin(True, False, changed) is None
    assert origin("a", "b", changed) is None


def test_values_outside_a_forms_domain_are_left_out():
    assert origin(0.0, 2.0, {"weight": (0.0, 2.0)}) == "weight"
    assert origin(-3.0, 5.5, {"weight": (-1.0, 2.0)}) is None


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_numbers_drawn_at_random_follow_from_nothing(before, now):
    """A model's weights differ from build to build where a trainer sets no seed."""
    explained = (
        form(0.1) * now == pytest.approx(form(0.04) * before, rel=1e-4, abs=1e-9)
        or form(0.1) - form(0.04) == pytest.approx(before - now, rel=1e-4, abs=1e-4)
        or form(0.1) - form(0.04) == pytest.approx(now - before, rel=1e-4, abs=1e-4)
        for form in (*FORMS.values(), math.exp)
    )
    assume(not any(explained))
    assert origin(before, now, {"rate": (0.1, 0.04)}) is None
