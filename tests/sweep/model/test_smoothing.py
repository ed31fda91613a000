"""Means of the latest epochs: causal, of at most five values, of fewer at the beginning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model.smoothing import WINDOW, trailing_means

CURVES = st.lists(st.floats(-1e6, 1e6), max_size=30)


def test_a_mean_is_of_half_of_the_values_so_far_until_there_are_enough():
    values = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0]
    assert trailing_means(values) == pytest.approx(
        [1, 2, 3, 6, 28 / 3, 56 / 3, 30, 60, 496 / 5, 992 / 5]
    )


@given(CURVES, CURVES)
def test_no_mean_depends_on_what_comes_later(earlier, later):
    assert trailing_means(earlier + later)[: len(earlier)] == trailing_means(earlier)


@given(CURVES)
def test_a_mean_lies_among_the_latest_values(values):
    for at, mean in enumerate(trailing_means(values)):
        latest = values[max(at + 1 - WINDOW, 0) : at + 1]
        slack = 1e-9 * max(map(abs, latest))
        assert min(latest) - slack <= mean <= max(latest) + slack


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_a_curve_that_only_rises_is_best_at_its_end(values):
    rising = sorted(values)
    means = trailing_means(rising)
    assert max(means) == pytest.approx(means[-1])
