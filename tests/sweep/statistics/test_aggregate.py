"""Interquartile mean, probability of improvement and their stratified bootstrap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.aggregate import (
    bootstrap_of_improvement,
    interquartile_mean,
    probability_of_improvement,
    stratified_bootstrap,
)

RNG = np.random.default_rng


@given(
    st.lists(st.floats(-10, 10), min_size=4, max_size=40).filter(
        lambda v: len(v) % 4 == 0
    )
)
def test_interquartile_mean_is_the_mean_of_the_middle_half(values):
    quarter = len(values) // 4
    assert interquartile_mean(values) == pytest.approx(
        np.mean(sorted(values)[quarter : 3 * quarter]), abs=1e-12
    )


def test_interquartile_mean_shrugs_at_one_wild_data_set():
    scores = RNG(0).normal(1, 0.1, size=(5, 8))
    wild = scores.copy()
    wild[:, 0] = 1e6
    assert interquartile_mean(wild) == pytest.approx(
        interquartile_mean(scores), abs=0.1
    )


def test_interval_of_one_data_set_agrees_with_scipys_percentile_bootstrap():
    scores = RNG(0).normal(size=(30, 1))
    ours = stratified_bootstrap(scores, np.mean, resamples=4_000)
    theirs = stats.bootstrap(
        (scores[:, 0],), np.mean, method="percentile", n_resamples=4_000, rng=RNG(1)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_differences_between_tasks_are_not_uncertainty():
    scores = np.array([[0.0, 100.0]] * 5)
    aggregate = stratified_bootstrap(scores, np.mean)
    assert aggregate.low == aggregate.value == aggregate.high == 50.0


def test_interval_covers_the_mean_of_many_tasks():
    held = []
    for seed in range(150):
        aggregate = stratified_bootstrap(
            RNG(seed).normal(size=(10, 4)), np.mean, resamples=200
        )
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


# ---------------------------------------------------------------------------- improvement


def test_probability_of_improvement_is_rliables():
    """rliable: Mann and Whitney's U over the number of pairs, averaged over tasks."""
    rng = RNG(0)
    arm, baseline = (
        np.round(rng.normal(0.3, 1, (7, 4)), 1),
        np.round(rng.normal(size=(5, 4)), 1),
    )
    expected = []
    for task in range(4):
        u = stats.mannwhitneyu(
            arm[:, task], baseline[:, task], alternative="greater"
        ).statistic
        expected.append(u / (7 * 5))
    found = probability_of_improvement(arm, baseline, "maximize")
    assert found == pytest.approx(np.mean(expected))
    assert probability_of_improvement(arm, baseline, "minimize") == pytest.approx(
        1 - found
    )
    assert probability_of_improvement(baseline, arm, "maximize") == pytest.approx(
        1 - found
    )


def test_the_interval_of_improvement_holds_its_value():
    rng = RNG(1)
    arm, baseline = rng.normal(1, 1, (6, 3)), rng.normal(size=(6, 3))
    found = bootstrap_of_improvement(arm, baseline, "maximize", resamples=300)
    assert found.low < found.value < found.high <= 1
    assert found == bootstrap_of_improvement(arm, baseline, "maximize", resamples=300)
    sure = bootstrap_of_improvement(arm + 100, baseline, "maximize", resamples=50)
    assert (sure.low, sure.value, sure.high) == (1.0, 1.0, 1.0)


def test_arms_on_different_tasks_are_not_compared():
    with pytest.raises(UsageError, match="3 tasks and the baseline 2"):
        probability_of_improvement(np.zeros((4, 3)), np.zeros((4, 2)), "maximize")
    with pytest.raises(UsageError, match="at least 2 runs"):
        bootstrap_of_improvement(np.zeros((1, 3)), np.zeros((4, 3)), "maximize")
    with pytest.raises(UsageError, match="resamples is 0"):
        bootstrap_of_improvement(
            np.zeros((2, 3)), np.zeros((4, 3)), "maximize", resamples=0
        )
