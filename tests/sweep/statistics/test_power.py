"""What a number of seeds can find: against statsmodels, G*Power and simulation."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from sweep.errors import UsageError
from sweep.statistics.paired import smallest_p
from sweep.statistics.power import (
    pairs_for_exact_test,
    power_of_paired_t,
    smallest_detectable_effect,
)


@pytest.mark.parametrize("pairs", [3, 5, 10, 30])
@pytest.mark.parametrize("effect", [0.1, 0.5, 1.0])
def test_power_agrees_with_statsmodels(pairs, effect):
    expected = TTestPower().power(effect, pairs, 0.05)
    assert power_of_paired_t(effect, pairs) == pytest.approx(expected, abs=1e-6)


def test_power_of_the_gpower_example():
    # G*Power 3.1, matched pairs, d_z = 0.5, alpha = 0.05 two-sided: 34 pairs are the fewest for
    # power 0.80, 0.8078.
    assert power_of_paired_t(0.5, 34) == pytest.approx(0.8078, abs=1e-4)
    assert smallest_detectable_effect(33) > 0.5 > smallest_detectable_effect(34)


def test_power_agrees_with_simulation_where_statsmodels_gives_nan():
    rng, runs, level, effect = np.random.default_rng(0), 20_000, 0.05 / 5, 3.72
    found = stats.ttest_1samp(rng.normal(effect, 1, size=(runs, 4)), 0, axis=1).pvalue <= level
    error = math.sqrt(0.25 / runs)
    assert power_of_paired_t(effect, 4, level) == pytest.approx(found.mean(), abs=4 * error)


def test_no_effect_is_found_as_often_as_alpha_says():
    assert power_of_paired_t(0.0, 5, 0.05) == pytest.approx(0.05)


@pytest.mark.parametrize("pairs", [2, 3, 5, 20])
@pytest.mark.parametrize("comparisons", [1, 6])
def test_the_smallest_detectable_effect_has_the_power_asked_for(pairs, comparisons):
    effect = smallest_detectable_effect(pairs, power=0.9, comparisons=comparisons)
    assert power_of_paired_t(effect, pairs, 0.05 / comparisons) == pytest.approx(0.9)


def test_more_seeds_find_less_and_more_arms_need_more():
    by_seeds = [smallest_detectable_effect(n) for n in (2, 3, 5, 10)]
    assert by_seeds == sorted(by_seeds, reverse=True)
    assert smallest_detectable_effect(5, comparisons=4) > smallest_detectable_effect(5)


def test_one_seed_finds_nothing():
    assert smallest_detectable_effect(1) == math.inf


@pytest.mark.parametrize("alpha", [0.05, 0.01])
@pytest.mark.parametrize("comparisons", [1, 2, 7])
def test_pairs_for_the_exact_test_are_the_fewest(alpha, comparisons):
    n = pairs_for_exact_test(alpha, comparisons)
    assert (
        smallest_p(n, "permutation") * comparisons
        <= alpha
        < smallest_p(n - 1, "permutation") * comparisons
    )


@pytest.mark.parametrize("wrong", [{"alpha": 0}, {"power": 1}, {"alpha": 0.9}, {"comparisons": 0}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(UsageError):
        smallest_detectable_effect(5, **wrong)
