"""Checks of samples and levels, and a spread that is safe to divide by."""

import math

import numpy as np
import pytest

from sweep.errors import UsageError
from sweep.statistics.samples import (
    check_at_least,
    check_share,
    finite_array,
    finite_matrix,
    finite_vector,
    paired_differences,
    spread,
)


def test_rounding_is_no_spread():
    assert spread(np.array([0.1 + 0.2, 0.3, 0.3])) == 0
    assert spread(np.array([0.3, 0.3001])) > 0


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: finite_vector([[1.0]], "the arm"), r"the arm has shape \(1, 1\); allowed: .*\(n,\)"),
        (lambda: finite_vector([1.0], "the arm", 2), "has 1 values; at least 2 are needed"),
        (lambda: finite_vector([1.0, math.nan], "the arm"), "has 1 values that are not finite"),
        (lambda: finite_matrix([1.0], "the table", "(seeds, arms)"), r"allowed: .*\(seeds, arms\)"),
        (lambda: finite_matrix([[math.inf]], "the table", "(seeds, arms)"), "not finite"),
        (lambda: finite_array([], "the values"), "the values is empty"),
        (lambda: check_share(95, "confidence"), "confidence is 95; it must lie between 0 and 1"),
        (lambda: check_share(0.0, "confidence"), "between 0 and 1"),
        (lambda: check_at_least(1, 2, "seeds"), "seeds is 1; at least 2 is needed"),
        (lambda: paired_differences([1.0, 2.0], [1.0, 2.0, 3.0]), "has 2 seeds and the baseline 3"),
    ],
)  # fmt: skip
def test_what_no_statistic_can_use_is_refused_with_the_value_and_what_is_allowed(
    call, words
):
    with pytest.raises(UsageError, match=words):
        call()


def test_sound_values_come_back_as_arrays():
    assert finite_vector([1, 2], "the arm").tolist() == [1.0, 2.0]
    assert finite_matrix([[1, 2]], "the table", "(seeds, arms)").shape == (1, 2)
    check_share(0.95, "confidence")
    check_at_least(2, 2, "seeds")


def test_differences_are_of_pairs():
    assert paired_differences([3.0, 5.0], [1.0, 4.0]).tolist() == [2.0, 1.0]


def test_differences_that_agree_but_for_rounding_are_exactly_equal():
    differences = paired_differences([0.1 + 0.2, 0.4, 0.5], [0.1, 0.2, 0.3])
    assert len(set(differences.tolist())) == 1


def test_a_single_value_is_a_vector():
    assert finite_vector([0.5], "the arm").tolist() == [0.5]


def test_rounding_is_a_share_of_the_values():
    assert spread(np.array([1000.0, 1000.0001])) == 0.0
    assert spread(np.array([0.0010, 0.0011])) > 0.0
