"""Interquartile mean and stratified bootstrap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.aggregate import interquartile_mean, stratified_bootstrap

RNG = np.random.default_rng


@given(st.lists(st.floats(-10, 10), min_size=4, max_size=40).filter(lambda v: len(v) % 4 == 0))
def test_interquartile_mean_is_the_mean_of_the_middle_half(values):
    quarter = len(values) // 4
    assert interquartile_mean(values) == pytest.approx(
        np.mean(sorted(values)[quarter : 3 * quarter]), abs=1e-12
    )


def test_interquartile_mean_shrugs_at_one_wild_data_set():
    scores = RNG(0).normal(1, 0.1, size=(5, 8))
    wild = scores.copy()
    wild[:, 0] = 1e6
    assert interquartile_mean(wild) == pytest.approx(interquartile_mean(scores), abs=0.1)


def test_interval_of_one_data_set_agrees_with_scipys_percentile_bootstrap():
    scores = RNG(0).normal(size=(30, 1))
    ours = stratified_bootstrap(scores, np.mean, resamples=4_000)
    theirs = stats.bootstrap(
        (scores[:, 0],), np.mean, method="percentile", n_resamples=4_000, rng=RNG(1)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_differences_between_data_sets_are_not_uncertainty():
    scores = np.array([[0.0, 100.0]] * 5)
    aggregate = stratified_bootstrap(scores, np.mean)
    assert aggregate.low == aggregate.value == aggregate.high == 50.0


def test_interval_covers_the_mean_of_many_data_sets():
    held = []
    for seed in range(150):
        aggregate = stratified_bootstrap(RNG(seed).normal(size=(10, 4)), np.mean, resamples=200)
        held.append(aggregate.low <= 0 <= aggregate.high)
    # Percentile intervals of 10 runs cover less than they say: by theory t with 9 degrees of
    # freedom against sd with divisor n, about 0.91.
    assert 0.85 < np.mean(held) < 0.97


def test_the_same_seed_gives_the_same_interval():
    scores = RNG(0).normal(size=(5, 3))
    first, again, other = (
        stratified_bootstrap(scores, resamples=100, seed=seed) for seed in (7, 7, 8)
    )
    assert first == again != other


@pytest.mark.parametrize("scores", [[], [1.0, np.nan]])
def test_scores_must_be_there(scores):
    with pytest.raises(UsageError, match="finite"):
        interquartile_mean(scores)


def test_one_run_cannot_be_resampled():
    with pytest.raises(UsageError, match="at least 2 runs"):
        stratified_bootstrap([[1.0, 2.0]])
