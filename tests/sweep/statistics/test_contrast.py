"""What a comparison of two arms says of itself."""

import math

import pytest

from sweep.statistics.contrast import Contrast, Method


@pytest.mark.parametrize(
    "low, high, excludes",
    [(0.1, 0.3, True), (-0.3, -0.1, True), (-0.1, 0.3, False), (0.0, 0.3, False)],
)
def test_an_interval_on_one_side_of_zero_excludes_it(low, high, excludes):
    assert Contrast(0.2, 0.1, 5, low=low, high=high).excludes_zero is excludes


@pytest.mark.parametrize("end", [math.nan, math.inf])
def test_a_comparison_without_a_finite_interval_excludes_nothing(end):
    assert not Contrast(0.2, 0.1, 5, low=-end, high=end).excludes_zero


def test_the_effect_size_is_the_mean_in_spreads_made_smaller_for_few_pairs():
    # Hedges (1981): c(4) = 0.7979 for five pairs.
    assert Contrast(0.2, 0.1, 5).effect_size == pytest.approx(2 * 0.7979, abs=1e-4)
    assert Contrast(0.2, 0.1, 10_000).effect_size == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize("contrast", [Contrast(0.2, 0.0, 5), Contrast(0.2, 0.1, 2)])
def test_without_a_spread_or_with_two_pairs_there_is_no_effect_size(contrast):
    assert contrast.effect_size is None


def test_flips_of_signs_ask_for_symmetry_only():
    assert [method for method in Method if not method.assumes_normal] == [Method.MAX_T]
