"""One score of each configuration over tasks of different scales."""

import numpy as np
import pytest
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.task_scores import mean_ranks, mean_scaled

RNG = np.random.default_rng(0)


def test_mean_ranks_are_scipys():
    values = RNG.integers(0, 4, size=(9, 5)).astype(float)
    assert mean_ranks(values) == pytest.approx(
        stats.rankdata(values, axis=0).mean(axis=1)
    )


def test_scaled_values_are_plain_numpy():
    values = RNG.normal(size=(9, 5)) * [1, 10, 100, 1e-6, 1e6]
    scaled = (values - np.median(values, axis=0)) / stats.iqr(values, axis=0)
    assert mean_scaled(values) == pytest.approx(scaled.mean(axis=1))


@pytest.mark.parametrize("score", [mean_ranks, mean_scaled])
def test_neither_depends_on_a_tasks_scale(score):
    values = RNG.normal(size=(7, 3))
    assert score(values * [1, 1e6, 1e-3] + [0, 5, 3]) == pytest.approx(score(values))


def test_a_configuration_that_diverged_does_not_set_the_scale():
    values = RNG.normal(size=(9, 2))
    diverged = values.copy()
    diverged[np.argmin(values[:, 0]), 0] = -1e12
    others = np.arange(9) != np.argmin(values[:, 0])
    assert mean_scaled(diverged)[others] == pytest.approx(mean_scaled(values)[others])


def test_a_task_on_which_all_are_equal_says_nothing():
    values = np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
    assert mean_scaled(values) == pytest.approx(mean_scaled(values[:, :1]) / 2)


def test_where_most_are_equal_the_whole_range_scales():
    values = np.array([[1.0], [1.0], [1.0], [1.0], [3.0]])
    assert mean_scaled(values) == pytest.approx([0, 0, 0, 0, 1])


@pytest.mark.parametrize("score", [mean_ranks, mean_scaled])
def test_a_value_that_is_not_finite_is_refused(score):
    with pytest.raises(UsageError, match="finite"):
        score([[1.0, np.nan]])
