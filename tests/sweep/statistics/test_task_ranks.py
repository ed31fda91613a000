"""Ranks over tasks: against SciPy and scikit-posthocs, and laws of cliques."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.task_ranks import (
    average_ranks,
    critical_difference,
    wilcoxon_p,
    wins_ties_losses,
)

TABLES = st.integers(0, 10_000)


def table(seed, tasks=8, arms=5, spread=1.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(tasks, arms)) + spread * np.arange(arms)


@pytest.fixture
def posthocs():
    return pytest.importorskip(
        "scikit_posthocs", reason="nothing compared with scikit-posthocs"
    )


@pytest.mark.parametrize("seed", range(5))
def test_pairwise_tests_are_those_of_scikit_posthocs(posthocs, seed):
    scores = table(seed)
    found = critical_difference(scores, "maximize")
    expected = posthocs.posthoc_wilcoxon(scores.T.tolist(), p_adjust="holm").to_numpy()
    assert found.p == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(8))
def test_cliques_are_those_of_scikit_posthocs(posthocs, seed):
    from scikit_posthocs._plotting import _find_maximal_cliques

    found = critical_difference(table(seed, tasks=9, arms=7, spread=0.6), "maximize")
    alike = pd.DataFrame((found.p > found.alpha).astype(int))
    expected = {
        frozenset(clique) for clique in _find_maximal_cliques(alike) if len(clique) > 1
    }
    assert {frozenset(clique) for clique in found.cliques} == expected


@settings(max_examples=30)
@given(TABLES)
def test_a_clique_holds_no_pair_that_differs_and_lacks_no_arm(seed):
    found = critical_difference(table(seed, tasks=7, arms=5, spread=0.8), "minimize")
    alike = found.p > found.alpha
    for clique in found.cliques:
        assert all(alike[i, j] for i, j in itertools.combinations(clique, 2))
        for arm in set(range(5)) - set(clique):
            assert not all(alike[arm, member] for member in clique)
        ranks = [found.average_ranks[arm] for arm in clique]
        assert ranks == sorted(ranks)
    joined = {
        frozenset(p)
        for clique in found.cliques
        for p in itertools.combinations(clique, 2)
    }
    for first, second in itertools.combinations(range(5), 2):
        assert alike[first, second] == (frozenset((first, second)) in joined)


@given(TABLES, st.sampled_from(["maximize", "minimize"]))
def test_ranks_sum_to_what_they_must_and_mirror(seed, goal):
    scores = np.round(table(seed), 1)  # with ties
    ranks = average_ranks(scores, goal)
    assert sum(ranks) == pytest.approx(5 * 6 / 2)
    other = "minimize" if goal == "maximize" else "maximize"
    assert average_ranks(-scores, other) == pytest.approx(ranks)
    assert np.add(average_ranks(scores, other), ranks) == pytest.approx(6)


def test_rank_one_is_best_and_ties_share():
    assert average_ranks([[3.0, 2.0, 2.0]], "maximize") == (1.0, 2.5, 2.5)
    assert average_ranks([[3.0, 2.0, 2.0]], "minimize") == (3.0, 1.5, 1.5)


@pytest.mark.parametrize("size", [6, 9, 14, 30])
def test_without_ties_p_is_scipys_exact_one(size):
    sample = np.random.default_rng(size).normal(0.4, 1, size=size)
    assert wilcoxon_p(sample) == pytest.approx(
        stats.wilcoxon(sample, mode="exact").pvalue
    )


def test_with_ties_and_zeros_p_is_that_of_all_sign_patterns():
    sample = np.array([0.0, 1.0, 1.0, -1.0, 2.0, 3.0, 3.0, 0.0])
    moved = sample[sample != 0]
    ranks = stats.rankdata(np.abs(moved))
    observed = abs(np.sum(np.sign(moved) * ranks))
    patterns = itertools.product((-1, 1), repeat=len(moved))
    sums = np.array([abs(np.dot(signs, ranks)) for signs in patterns])
    assert wilcoxon_p(sample) == pytest.approx(np.mean(sums >= observed - 1e-9))


def test_equal_arms_do_not_differ():
    assert wilcoxon_p(np.zeros(7)) == 1.0
    same = critical_difference(np.tile(np.arange(7.0)[:, None], 3), "maximize")
    assert same.cliques == ((0, 1, 2),)
    assert same.average_ranks == (2.0, 2.0, 2.0)


def test_six_tasks_can_tell_two_arms_apart_and_five_are_refused():
    scores = np.column_stack([np.arange(6.0), np.arange(1.0, 12.0, 2.0)])
    found = critical_difference(scores, "maximize")
    assert found.p[0, 1] == pytest.approx(2 / 2**6)
    assert found.cliques == ()
    with pytest.raises(UsageError, match=r"5 tasks; .* with fewer than 6"):
        critical_difference(scores[:5], "maximize")


def test_wins_ties_and_losses_follow_the_goal_and_the_margin():
    arm, baseline = [1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 3.1, 5.0]
    counted = wins_ties_losses(arm, baseline, "maximize")
    assert (counted.wins, counted.ties, counted.losses) == (1, 1, 2)
    counted = wins_ties_losses(arm, baseline, "minimize")
    assert (counted.wins, counted.ties, counted.losses) == (2, 1, 1)
    counted = wins_ties_losses(arm, baseline, "maximize", tie_within=0.2)
    assert (counted.wins, counted.ties, counted.losses) == (1, 2, 1)


def test_bad_input_is_refused():
    with pytest.raises(UsageError, match="1 arm"):
        critical_difference(np.zeros((6, 1)), "maximize")
    with pytest.raises(UsageError, match="alpha is 0"):
        critical_difference(np.zeros((6, 2)), "maximize", alpha=0)
    with pytest.raises(UsageError, match="same tasks"):
        wins_ties_losses([1.0], [1.0, 2.0], "maximize")
    with pytest.raises(UsageError, match="tie_within is -1"):
        wins_ties_losses([1.0], [1.0], "maximize", tie_within=-1)
    with pytest.raises(UsageError, match="the goal is 'best'"):
        average_ranks([[1.0, 2.0]], "best")


@pytest.mark.parametrize("seed", range(3))
def test_average_ranks_give_scipys_friedman_statistic(seed):
    """χ² = 12 T / (k (k + 1)) Σ (R - (k + 1) / 2)² (Friedman 1937)."""
    scores = table(seed, tasks=9, arms=4, spread=0.5)
    ranks = np.array(average_ranks(scores, "maximize"))
    statistic = 12 * 9 / (4 * 5) * np.sum((ranks - 2.5) ** 2)
    assert statistic == pytest.approx(stats.friedmanchisquare(*scores.T).statistic)
