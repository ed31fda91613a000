"""Collapsed runs, their upper limit, and the trimmed mean: against SciPy and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.collapse import collapses, trimmed_mean, upper_limit


def table():
    """Three arms of ten runs at 0.8 ± 0.01."""
    return np.random.default_rng(0).normal(0.8, 0.01, (10, 3))


def test_a_run_far_below_its_arm_has_collapsed():
    values = table()
    values[[2, 5], 1] = 0.1
    first, second, third = collapses(values, "maximize")
    assert (first.runs, second.runs, third.runs) == ((), (2, 5), ())
    assert second.limit == pytest.approx(stats.binomtest(2, 10).proportion_ci(0.9).high)


def test_where_smaller_is_better_a_collapse_is_above():
    values = table()
    values[4, 0], values[5, 0] = 3.0, 0.1
    assert collapses(values, "minimize")[0].runs == (4,)


def test_an_arm_that_is_merely_worse_or_noisier_has_not():
    values = table()
    values[:, 0] -= 0.5
    values[:, 1] = np.random.default_rng(1).normal(0.8, 0.1, 10)
    assert [found.runs for found in collapses(values, "maximize")] == [(), (), ()]


def test_most_of_an_arm_is_found_by_the_floor_alone():
    values = table()
    values[:6, 2] = 0.1
    assert collapses(values, "maximize")[2].runs == ()
    assert collapses(values, "maximize", floor=0.1)[2].runs == tuple(range(6))


def test_runs_that_agree_have_no_scale_to_be_far_by():
    values = np.full((6, 2), 0.7)
    values[3, 0] = 0.69
    assert collapses(values, "maximize")[0].runs == ()


def test_missing_runs_are_not_counted():
    values = table()
    values[:4, 0] = np.nan
    assert collapses(values, "maximize")[0].n == 6
    assert collapses(np.full((3, 1), np.nan), "maximize")[0].limit == 1.0


@pytest.mark.parametrize("n, limit", [(5, 0.45), (30, 0.095)])
def test_none_seen_leaves_a_limit(n, limit):
    assert upper_limit(0, n) == pytest.approx(1 - 0.05 ** (1 / n))
    assert upper_limit(0, n) == pytest.approx(limit, abs=0.001)


@given(st.integers(1, 40), st.integers(0, 40))
def test_the_limit_is_clopper_and_pearsons(n, count):
    count = min(count, n)
    expected = stats.binomtest(count, n).proportion_ci(0.9, method="exact").high
    assert upper_limit(count, n) == pytest.approx(expected)


@pytest.mark.parametrize("n, cut", [(3, 1), (5, 1), (9, 1), (10, 2), (15, 3)])
def test_the_trimmed_mean_leaves_out_a_fifth_at_either_end(n, cut):
    values = np.random.default_rng(n).normal(size=n)
    found = trimmed_mean(values)
    assert found.cut == cut
    assert found.value == pytest.approx(stats.trim_mean(values, cut / n + 1e-9))


def test_one_collapse_does_not_move_the_trimmed_mean_far():
    assert trimmed_mean([0.8, 0.81, 0.79, 0.8, -50.0]).value == pytest.approx(
        0.8, abs=0.01
    )


def test_too_few_runs_are_not_trimmed():
    assert trimmed_mean([1.0, 2.0]) is None
    assert trimmed_mean([1.0, 2.0, math.nan]) is None


def test_nonsense_is_refused():
    with pytest.raises(UsageError, match="3 of 2"):
        upper_limit(3, 2)
    with pytest.raises(UsageError, match="one column per arm"):
        collapses([1.0, 2.0], "maximize")
