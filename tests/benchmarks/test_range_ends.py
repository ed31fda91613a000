"""How often a search names an end of a range, on objectives whose optimum is known."""

import pytest

from benchmarks.range_ends import objective, share


def test_an_optimum_beyond_the_range_is_named_and_one_inside_is_not():
    assert share("random", 1, trials=40, place=1.2, searches=20) > 0.5
    assert share("random", 1, trials=40, place=0.5, searches=20) == 0.0


def test_a_flat_objective_does_not_depend_on_the_point():
    first, second = objective(None, 2, seed=3), objective(None, 2, seed=3)
    assert first([0.0, 0.0]) == second([1.0, 1.0])


def test_the_objective_is_greatest_at_the_optimum():
    value = objective(1.2, 1, seed=0)
    assert value([1.2]) == pytest.approx(0.0, abs=0.1)
    assert value([0.0]) == pytest.approx(-1.44, abs=0.1)
