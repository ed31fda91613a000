"""The joint sign-flip distribution: every pattern once, its statistic against SciPy's
t, its tail."""

import itertools

import numpy as np
import pytest
from scipy import stats

from sweep.statistics.max_t import (
    MOST_EXACT_SEEDS,
    RANDOM_PATTERNS,
    flipped_r,
    largest_rejected,
    reference,
    sign_patterns,
    t_of_r,
)


@pytest.mark.parametrize("rows", [1, 2, 6])
def test_every_pattern_stands_once_for_itself_and_its_negative(rows):
    patterns = sign_patterns(rows)
    both = {tuple(row) for row in np.vstack([patterns, -patterns])}
    assert both == set(itertools.product((-1.0, 1.0), repeat=rows))
    assert len(patterns) == 2 ** (rows - 1)
    assert (patterns[0] == 1).all(), "the first flips nothing"


def test_beyond_sixteen_rows_patterns_are_drawn_beside_the_observed_one():
    patterns = sign_patterns(MOST_EXACT_SEEDS + 1)
    assert len(patterns) == RANDOM_PATTERNS + 1 == len(sign_patterns(MOST_EXACT_SEEDS))
    assert (patterns[0] == 1).all()
    assert (patterns == sign_patterns(MOST_EXACT_SEEDS + 1, seed=0)).all()
    assert (patterns != sign_patterns(MOST_EXACT_SEEDS + 1, seed=1)).any()


def test_the_statistic_is_students_t_in_another_form():
    differences = np.random.default_rng(0).normal(0.4, 1, size=(7, 2))
    r = flipped_r(differences, np.array([7, 7]), np.ones((1, 7)))[0]
    expected = np.abs(stats.ttest_1samp(differences, 0).statistic)
    assert t_of_r(r, [7, 7]) == pytest.approx(expected)


def test_differences_without_a_spread_have_a_finite_statistic_and_an_infinite_t():
    r = flipped_r(np.full((5, 1), 0.3), np.array([5]), np.ones((1, 5)))[0, 0]
    assert r == pytest.approx(1)
    assert t_of_r(r, 5) == np.inf


@pytest.mark.parametrize(
    "patterns, alpha, most",
    [(32, 0.05, 1), (16, 0.05, 0), (20, 0.05, 1), (100, 0.29, 29)],
)
def test_so_many_patterns_may_be_as_extreme_as_a_significant_one(patterns, alpha, most):
    assert largest_rejected(patterns, alpha) == most


def test_p_is_at_most_alpha_exactly_where_a_score_exceeds_the_critical_one():
    generator = np.random.default_rng(1)
    for seed in range(20):
        effects = np.linspace(0, 2, 4)
        found = reference(
            generator.normal(size=(8, 4)) + effects, alpha=0.05, seed=seed
        )
        assert ((found.p <= 0.05) == (found.scores > found.critical)).all()


def test_a_column_that_lacks_rows_is_measured_by_its_own_degrees_of_freedom():
    differences = np.random.default_rng(2).normal(1.0, 1, size=(9, 2))
    differences[:2, 1] = np.nan
    found = reference(differences, alpha=0.05)
    own = stats.ttest_1samp(differences[2:, 1], 0)
    assert np.exp(-found.scores[1]) == pytest.approx(own.pvalue)
    assert found.multipliers[1] > found.multipliers[0]
