"""The power that is stated is that of the procedure: against simulation and the exact t."""

import math

import numpy as np
import pytest
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.family import compare
from sweep.statistics.power import power_of_paired_t
from sweep.statistics.power_of_family import (
    detect,
    expected_critical_value,
    fewest_for_any,
    many_to_one_level,
    power,
    smallest_effect,
)

STUDIES = 600
WITHIN = 0.03  # as stated, beside four Monte-Carlo errors


def found(effect, n, k, correlation, seed):
    """Share of simulated studies in which the shifted arm's interval excludes zero."""
    generator = np.random.default_rng(seed)
    count = 0
    for _ in range(STUDIES):
        shared = generator.normal(size=(n, 1)) * math.sqrt(correlation)
        differences = shared + generator.normal(size=(n, k)) * math.sqrt(
            1 - correlation
        )
        differences[:, 0] += effect
        count += compare(differences, np.zeros(n)).contrasts[0].excludes_zero
    return count / STUDIES


@pytest.mark.parametrize("correlation", [0.0, 0.5])
@pytest.mark.parametrize(
    "n, k, effect", [(6, 1, 1.5), (6, 20, 3.0), (8, 3, 1.2), (11, 10, 1.2)]
)
def test_stated_power_is_what_a_simulation_finds(n, k, effect, correlation):
    simulated = found(effect, n, k, correlation, seed=n)
    error = 4 * math.sqrt(0.25 / STUDIES)
    assert power(effect, n, k) == pytest.approx(simulated, abs=WITHIN + error)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_below_six_seeds_it_is_that_of_a_bonferroni_t_test(n):
    assert power(2.0, n, 4) == pytest.approx(power_of_paired_t(2.0, n, 0.05 / 4))


def test_splits_count_for_less_than_seeds():
    corrected = power(1.0, 10, 1, test_to_train=1 / 9)
    expected = power_of_paired_t(1.0 / math.sqrt(1 + 10 / 9), 10, 0.05)
    assert corrected == pytest.approx(expected)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_no_change_is_found_below_three_seeds(n):
    assert power(100.0, n, 1) == 0
    assert smallest_effect(n, 1) == math.inf


@pytest.mark.parametrize("n", [5, 6, 8, 10, 20])
@pytest.mark.parametrize("k", [1, 6, 20])
def test_the_smallest_effect_has_the_power_asked_for(n, k):
    assert power(smallest_effect(n, k), n, k) == pytest.approx(0.8, abs=0.01)


def test_no_effect_is_found_no_more_often_than_alpha_says():
    for n in (6, 8, 12):
        assert power(0.0, n, 1) <= 0.055


@pytest.mark.parametrize("n", [6, 8, 10, 15])
def test_more_arms_and_smaller_changes_are_harder_to_find(n):
    by_arms = [power(1.3, n, k) for k in (1, 3, 10, 20)]
    assert by_arms == sorted(by_arms, reverse=True)
    by_effect = [power(effect, n, 5) for effect in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)]
    assert by_effect == pytest.approx(sorted(by_effect), abs=0.005)


def test_the_direction_of_a_change_does_not_matter():
    for n in (5, 7, 12):
        assert power(-1.5, n, 3) == pytest.approx(power(1.5, n, 3), abs=0.02)


class TestDetect:
    @pytest.mark.parametrize(
        "effect, sd, arms", [(0.01, 0.02, 1), (0.04, 0.02, 10), (3, 1, 1)]
    )
    def test_seeds_that_are_enough_and_one_less_that_is_not(self, effect, sd, arms):
        seeds = detect(effect, sd, arms)
        assert power(effect / sd, seeds, arms) >= 0.8
        assert power(effect / sd, seeds - 1, arms) < 0.8

    def test_the_example_of_the_documentation_of_gpower(self):
        # Matched pairs, d_z = 0.5, two-sided 0.05: 34 pairs.
        assert detect(0.5, 1.0) == 34

    def test_a_change_that_no_number_of_seeds_finds(self):
        assert detect(0.001, 0.02) is None

    def test_a_loss_is_a_change(self):
        assert detect(-0.04, 0.02, 3) == detect(0.04, 0.02, 3)

    def test_the_fewest_that_find_any_change_worth_naming(self):
        assert (
            power(10.0, fewest_for_any(10) - 1, 10)
            < 0.8
            <= power(10.0, fewest_for_any(10), 10)
        )


def test_the_many_to_one_level_is_dunnetts():
    # Dunnett (1955), table 2b, infinite degrees of freedom, correlation 0.5: 2.21 for two, 2.51
    # for five, 2.69 for nine two-sided comparisons.
    from scipy.special import ndtri

    for arms, table in ((2, 2.21), (5, 2.51), (9, 2.69)):
        level = many_to_one_level(arms, 0.05, 0.5)
        assert -ndtri(level / 2) == pytest.approx(table, abs=0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: power(math.nan, 6),
        lambda: power(1.0, 6, 0),
        lambda: power(1.0, 6, confidence=95),
        lambda: smallest_effect(6, power_wanted=0.01),
        lambda: detect(0.0, 1.0),
        lambda: detect(1.0, 0.0),
    ],
)
def test_nonsense_is_refused(wrong):
    with pytest.raises(UsageError):
        wrong()


def test_the_expected_critical_value_is_bonferronis_below_six_seeds_and_less_from_ten_on():
    assert expected_critical_value(5, 3) == pytest.approx(stats.t.ppf(1 - 0.05 / 6, 4))
    assert expected_critical_value(12, 6) < stats.t.ppf(1 - 0.05 / 12, 11)
    assert expected_critical_value(12, 1) == pytest.approx(
        stats.t.ppf(0.975, 11), rel=0.01
    )
