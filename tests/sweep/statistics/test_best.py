"""Bold arms: against SciPy's t-test, and the laws a reader relies on."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.best import best


def values(n, means, seed=0, sd=1.0):
    noise = np.random.default_rng(seed).normal(0, sd, size=(n, len(means)))
    return noise + np.array(means, dtype=float)


@pytest.mark.parametrize("seed", range(5))
def test_an_arm_is_bold_unless_a_rival_beats_it_in_a_one_sided_paired_t_test(seed):
    table = values(6, [0, 1, 1.5, 3], seed)
    expected = []
    for i in range(4):
        rivals = [
            stats.ttest_rel(table[:, j], table[:, i], alternative="greater").pvalue
            for j in range(4)
            if j != i
        ]
        expected.append(min(rivals) >= 0.05 / 3)
    found = best(table, "maximize")
    assert found.bold == (tuple(expected) if not all(expected) else (False,) * 4)


def test_several_rivals_are_paid_for():
    """A rival better at 0.03 beats an arm on its own, and not among three."""
    noise = np.array([-1.2, -0.7, -0.2, 0.2, 0.7, 1.2])
    error = noise.std(ddof=1) / math.sqrt(6)
    gain = noise + stats.t.isf(0.03, 5) * error
    arm = np.zeros(6)
    assert stats.ttest_rel(gain, arm, alternative="greater").pvalue == pytest.approx(
        0.03
    )
    assert best(np.column_stack([arm, gain]), "maximize").bold == (False, True)
    far = -100 + noise
    several = np.column_stack([arm, gain, far, far[::-1]])
    assert best(several, "maximize").bold == (True, True, False, False)


def test_where_every_arm_would_be_bold_none_is_and_that_is_said():
    found = best(values(5, [0, 0.1, 0.2]), "maximize")
    assert found.all_alike
    assert found.bold == (False, False, False)


def test_a_clear_winner_is_bold_alone():
    found = best(values(6, [0, 0, 9]), "maximize")
    assert found.bold == (False, False, True)
    assert not found.all_alike


@given(st.integers(0, 50), st.integers(2, 5))
def test_smaller_is_better_is_the_mirror_image(seed, arms):
    table = values(5, np.arange(arms) * 1.5, seed)
    assert best(table, "maximize") == best(-table, "minimize")


@given(st.integers(0, 50))
def test_the_arm_with_the_best_mean_is_bold_if_any_is(seed):
    table = values(6, [0, 1, 2, 2.5], seed)
    found = best(table, "maximize")
    assert found.all_alike or found.bold[int(np.argmax(table.mean(axis=0)))]


def test_runs_that_agree_exactly_tell_no_arm_from_another():
    """A trainer that never reads its seed: the better arm is not bold for it."""
    found = best(np.tile([0.7, 0.71], (8, 1)), "maximize")
    assert found == best(np.tile([0.7, 0.7], (8, 1)), "maximize")
    assert found.all_alike


@pytest.mark.parametrize("n", [1, 2])
def test_below_three_seeds_nothing_is_told_apart(n):
    assert best(values(n, [0, 100]), "maximize").all_alike


def test_arms_are_compared_over_the_seeds_that_both_have():
    table = values(8, [0, 9, 9])
    table[:5, 1] = np.nan
    assert best(table, "maximize").bold == (False, True, True)
    table[:6, 1] = np.nan  # two seeds left: neither beaten nor beating
    assert best(table, "maximize").bold == (False, True, True)


def test_an_arm_without_a_run_is_never_bold():
    table = values(6, [0, 5, 9])
    table[:, 1] = np.nan
    assert best(table, "maximize").bold == (False, False, True)


@pytest.mark.parametrize("arms", [0, 1])
def test_one_arm_is_compared_with_nothing(arms):
    found = best(values(6, [0.0] * arms), "maximize")
    assert found.bold == (False,) * arms
    assert not found.all_alike


def test_correlated_splits_are_harder_to_tell_apart():
    table = values(6, [0, 1.9])
    assert best(table, "maximize").bold == (False, True)
    assert best(table, "maximize", test_to_train=2.0).all_alike


@pytest.mark.parametrize("wrong", [[1.0, 2.0], [[math.inf, 1.0]]])
def test_values_that_are_no_table_are_refused(wrong):
    with pytest.raises(UsageError, match="values of shape"):
        best(wrong, "maximize")


def test_confidence_is_a_share():
    with pytest.raises(UsageError, match="between 0 and 1"):
        best(values(3, [0, 1]), "maximize", confidence=95)
