"""Scales: numbers lie where they were searched, choices side by side."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.report.figures.scale import Scale, number, scales
from sweep.report.searched import searched

RATE = Scale("learning_rate", None, True, 1e-4, 1e-2)
LOSS = Scale("loss_type", ("ce", "focal", "dice"), False, 0.0, 2.0)


def test_a_parameter_searched_by_its_logarithm_lies_on_a_logarithmic_scale():
    assert [RATE.fraction(value) for value in (1e-4, 1e-3, 1e-2)] == pytest.approx(
        [0, 0.5, 1]
    )
    assert RATE.position(1e-3) == 1e-3


@given(st.floats(1e-4, 1e-2), st.floats(1e-4, 1e-2))
def test_a_larger_number_never_lies_before_a_smaller_one(one, other):
    low, high = sorted((one, other))
    assert -1e-9 <= RATE.fraction(low) <= RATE.fraction(high) <= 1 + 1e-9


def test_choices_lie_side_by_side_in_the_order_of_the_file():
    assert [LOSS.position(choice) for choice in LOSS.choices] == [0, 1, 2]
    assert [at for at, _ in LOSS.ticks(12, most=3)] == [0, 0.5, 1]


def test_a_value_outside_the_choices_is_refused_with_the_choices():
    with pytest.raises(
        ValueError, match=r"loss_type is 'mse'.*\['ce', 'focal', 'dice'\]"
    ):
        LOSS.position("mse")


def test_a_boolean_is_not_treated_as_a_number():
    mixed = Scale("flag", (1, True), False, 0.0, 1.0)
    assert (mixed.position(1), mixed.position(True)) == (0, 1)


def test_of_more_choices_than_fit_the_two_ends_are_labelled():
    assert [text for _, text in LOSS.ticks(12, most=2)] == ["ce", "dice"]


def test_a_domain_of_one_number_has_its_value_in_the_middle():
    assert Scale("w", None, False, 2.0, 2.0).fraction(2.0) == 0.5


def test_numbers_have_three_digits():
    assert number(math.pi) == "3.14"
    assert number(0.00012345) == "0.000123"


def test_constants_have_no_axis_and_the_others_come_in_the_order_of_the_file(full):
    found = scales(full, searched(full.history))
    assert [scale.name for scale in found] == [
        "loss_type", "focal_gamma", "dice_weight", "learning_rate",
    ]  # fmt: skip
    assert (found[3].log, found[3].low, found[3].high) == (True, 1e-4, 1e-2)
