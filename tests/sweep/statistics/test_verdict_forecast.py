"""Numbers of seeds that would probably decide: the published table, closed forms and simulation."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.statistics.power import power_of_paired_t
from sweep.statistics.verdict_forecast import (
    bonferroni_critical_value,
    seeds_for_no_difference,
    seeds_to_decide,
    smallest_number,
    verdict_probabilities,
)


@pytest.mark.parametrize(
    "arms, seeds", [(1, (44, 13, 7, 5)), (3, (57, 17, 10, 7)), (10, (71, 21, 12, 9))]
)
def test_seeds_for_no_difference_are_the_published_ones(arms, seeds):
    found = tuple(
        seeds_for_no_difference(margin, arms) for margin in (0.5, 1.0, 1.5, 2.0)
    )
    assert found == seeds


@pytest.mark.parametrize("seeds", [3, 6, 20])
@pytest.mark.parametrize("effect", [0.0, 0.5, 2.0])
def test_without_a_margin_the_probabilities_are_the_power_of_a_t_test(seeds, effect):
    found = verdict_probabilities(effect, seeds, bonferroni_critical_value(seeds))
    assert found.helps + found.hurts == pytest.approx(
        power_of_paired_t(effect, seeds), abs=2e-4
    )
    assert found.no_difference == 0


@settings(max_examples=20)
@given(st.floats(-3, 3), st.integers(2, 60), st.floats(0.1, 3), st.integers(1, 10))
def test_probabilities_sum_to_one_and_mirror(effect, seeds, margin, arms):
    critical_value = bonferroni_critical_value(seeds, arms)
    found = verdict_probabilities(effect, seeds, critical_value, margin)
    total = found.helps + found.hurts + found.no_difference + found.undecided
    assert total == pytest.approx(1)
    mirrored = verdict_probabilities(-effect, seeds, critical_value, margin)
    assert mirrored.helps == pytest.approx(found.hurts, abs=1e-9)
    scaled = verdict_probabilities(7 * effect, seeds, critical_value, 7 * margin, sd=7)
    assert scaled.undecided == pytest.approx(found.undecided, abs=1e-6)


def test_probabilities_agree_with_simulation():
    """Monte-Carlo error .0035."""
    rng = np.random.default_rng(0)
    sample = rng.normal(0.4, 1, size=(20_000, 12))
    means, spreads = sample.mean(axis=1), sample.std(axis=1, ddof=1)
    critical_value = bonferroni_critical_value(12, 3)
    half = critical_value * spreads / np.sqrt(12)
    inside = np.abs(means) + half < 1.2
    helps = (means > half) & ~inside
    found = verdict_probabilities(0.4, 12, critical_value, 1.2)
    assert found.no_difference == pytest.approx(inside.mean(), abs=0.012)
    assert found.helps == pytest.approx(helps.mean(), abs=0.012)


def critical(arms=1):
    return functools.partial(bonferroni_critical_value, arms=arms)


def test_clear_effects_need_fewer_seeds_and_more_arms_need_more():
    sample = np.random.default_rng(1).normal(size=6)
    sample = (sample - sample.mean()) / sample.std(ddof=1)
    needed = [
        seeds_to_decide(sample + effect, critical(6), 1.0, most=400)
        for effect in (2, 3, 5)
    ]
    assert needed == sorted(needed, reverse=True)
    assert seeds_to_decide(sample, critical(1), 1.0, most=400) < seeds_to_decide(
        sample, critical(10), 1.0, most=400
    )


def test_what_a_limit_cannot_resolve_is_said():
    sample = np.random.default_rng(1).normal(size=6)
    sample = (sample - sample.mean()) / sample.std(ddof=1)
    assert (
        seeds_to_decide(sample, critical(), None, most=30) is None
    )  # no effect and no margin
    assert (
        seeds_to_decide(sample, critical(), 0.05, most=30) is None
    )  # a margin far too small
    assert seeds_to_decide(np.ones(6), critical(), 1.0, most=1_000) is None  # no spread


def test_scale_does_not_matter():
    sample = np.random.default_rng(5).normal(0.3, 1, size=7)
    one = seeds_to_decide(sample, critical(3), 1.0, most=300)
    assert one == seeds_to_decide(1e-4 * sample, critical(3), 1e-4, most=300)


@given(st.integers(2, 50), st.integers(2, 60))
def test_bisection_finds_the_smallest(threshold, most):
    found = smallest_number(lambda number: number >= threshold, 2, most)
    assert found == (threshold if threshold <= most else None)


def test_bad_input_is_refused():
    with pytest.raises(UsageError, match="margin is 0"):
        seeds_for_no_difference(0)
    with pytest.raises(UsageError, match="probability is 1"):
        seeds_for_no_difference(1.0, probability=1)
    with pytest.raises(UsageError, match="number of seeds is 1"):
        bonferroni_critical_value(1)
    with pytest.raises(UsageError, match="standard deviation is 0"):
        verdict_probabilities(0, 5, 2.0, sd=0)
    with pytest.raises(UsageError, match="at least 2 are needed"):
        seeds_to_decide([1.0], critical(), 1.0, most=10)
