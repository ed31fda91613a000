"""Tuning curves: against enumeration of all subsets, and without bias."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.tuning_cost import best_so_far, expected_best

VALUES = st.lists(st.floats(-100, 100), min_size=1, max_size=8)


def enumerated(values, goal):
    """Best of every subset of n trials, for n = 1 … N."""
    best = max if goal == "maximize" else min

    def of_size(n):
        return [best(subset) for subset in itertools.combinations(values, n)]

    return [of_size(n) for n in range(1, len(values) + 1)]


@given(VALUES, st.sampled_from(["maximize", "minimize"]))
def test_the_curve_is_the_mean_over_all_subsets(values, goal):
    curve = expected_best(values, goal)
    expected = [np.mean(bests) for bests in enumerated(values, goal)]
    assert curve.expected == pytest.approx(expected, abs=1e-9)
    assert curve.trials == tuple(range(1, len(values) + 1))


@given(VALUES, st.sampled_from(["maximize", "minimize"]))
def test_quantiles_are_those_of_all_subsets(values, goal):
    curve = expected_best(values, goal)
    for n, bests in enumerate(enumerated(values, goal)):
        assert curve.low[n] <= curve.median[n] <= curve.high[n]
        for found, level in (
            (curve.low[n], 0.1),
            (curve.median[n], 0.5),
            (curve.high[n], 0.9),
        ):
            assert np.mean(np.array(bests) <= found) >= level - 1e-9
            assert np.mean(np.array(bests) >= found) >= 1 - level - 1e-9


@given(VALUES)
def test_it_starts_at_the_mean_ends_at_the_best_and_never_worsens(values):
    expected = expected_best(values, "minimize").expected
    assert expected[0] == pytest.approx(np.mean(values), abs=1e-9)
    assert expected[-1] == pytest.approx(min(values), abs=1e-9)
    assert all(np.diff(expected) <= 1e-9)


def test_it_is_unbiased_where_drawing_with_replacement_is_too_low():
    """Best of 5 of a uniform: 5/6. From 8 trials each; Monte-Carlo error .0016."""
    rng = np.random.default_rng(0)
    unbiased, first_form = [], []
    for _ in range(4_000):
        values = rng.random(8)
        unbiased.append(expected_best(values.tolist(), "maximize").expected[4])
        rank = np.arange(1, 9)
        weights = (rank / 8) ** 5 - ((rank - 1) / 8) ** 5
        first_form.append(weights @ np.sort(values))
    assert np.mean(unbiased) == pytest.approx(5 / 6, abs=0.005)
    assert np.mean(first_form) < 5 / 6 - 0.02


def test_a_thousand_trials_are_no_trouble():
    curve = expected_best(np.linspace(0, 1, 1_000).tolist(), "maximize")
    expected = [(n * 1_001 / (n + 1) - 1) / 999 for n in range(1, 1_001)]
    assert curve.expected == pytest.approx(expected, abs=1e-7)


def test_a_failed_trial_costs_a_trial():
    with pytest.raises(
        UsageError, match="1 of 3 trials have no value; give `failed_value`"
    ):
        expected_best([0.5, None, 0.9], "maximize")
    curve = expected_best([0.5, None, 0.9], "maximize", failed_value=0.1)
    assert curve.failed == 1
    assert curve.expected == pytest.approx((0.5, (0.5 + 0.9 + 0.9) / 3, 0.9))


def test_best_so_far_is_the_mean_over_searches_with_its_t_interval():
    repeats = [[0.1, 0.5, 0.3, 0.9], [0.2, 0.1, 0.6], [0.3, 0.4, None]]
    found = best_so_far(repeats, "maximize")
    assert found.trials == (1, 2, 3)
    assert found.repeats == 3
    assert found.mean == pytest.approx(
        (0.2, (0.5 + 0.2 + 0.4) / 3, (0.5 + 0.6 + 0.4) / 3)
    )
    interval = stats.ttest_1samp([0.5, 0.6, 0.4], 0).confidence_interval()
    assert (found.low[2], found.high[2]) == pytest.approx((interval.low, interval.high))
    mirrored = best_so_far(
        [[None if v is None else -v for v in r] for r in repeats], "minimize"
    )
    assert mirrored.mean == pytest.approx([-mean for mean in found.mean])


def test_before_the_first_value_there_is_no_best():
    found = best_so_far([[None, 1.0], [2.0, 3.0]], "minimize")
    assert math.isnan(found.mean[0])
    assert math.isnan(found.low[0])
    assert found.mean[1] == 1.5


def test_one_search_has_no_interval():
    found = best_so_far([[3.0, 1.0, 2.0]], "minimize")
    assert found.mean == (3.0, 1.0, 1.0)
    assert all(math.isnan(low) for low in found.low)
    equal = best_so_far([[3.0], [3.0]], "minimize")
    assert math.isnan(equal.low[0])


@pytest.mark.parametrize("values", [[], [math.nan], [1.0, math.inf]])
def test_values_must_be_there(values):
    with pytest.raises(UsageError):
        expected_best(values, "maximize")
    with pytest.raises(UsageError):
        best_so_far([values], "maximize")


def test_searches_must_be_there():
    with pytest.raises(UsageError, match="at least one trial"):
        best_so_far([], "maximize")
    with pytest.raises(UsageError, match="the goal is 'max'"):
        best_so_far([[1.0]], "max")
