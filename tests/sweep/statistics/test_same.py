"""When runs agree exactly, beyond what rounding does."""

import numpy as np
import pytest

from sweep.statistics.same import same_runs

VALUES = [0.81, 0.84, 0.79]


@pytest.mark.parametrize("by", [0.0, 0.1, -3.0])
def test_runs_that_differ_by_the_same_amount_with_every_seed_are_the_same(by):
    assert same_runs([value + by for value in VALUES], VALUES)


def test_rounding_in_float32_is_no_difference():
    assert same_runs(np.float32(VALUES), VALUES)


def test_runs_that_vary_are_not_the_same():
    assert not same_runs([0.81, 0.84, 0.7901], VALUES)


@pytest.mark.parametrize("values", [[], [0.5]])
def test_one_pair_or_none_has_no_spread(values):
    assert same_runs(values, values)


def test_two_pairs_that_vary_are_not_the_same():
    assert not same_runs([0.81, 0.84], [0.80, 0.81])
