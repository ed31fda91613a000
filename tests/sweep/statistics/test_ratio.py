"""Percent changes: Fieller's interval by its definition, and never below −100 %."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.family import compare
from sweep.statistics.ratio import relative_change

positive = st.lists(st.integers(1, 400), min_size=8, max_size=8)


def test_the_ends_are_the_ratios_that_a_paired_t_test_just_does_not_reject():
    generator = np.random.default_rng(0)
    baseline = generator.normal(10, 1, 7)
    arm = 1.2 * baseline + generator.normal(0, 1, 7)
    critical = stats.t.ppf(0.975, 6)
    found = relative_change(arm, baseline, critical)
    assert found.low < found.value < found.high
    for end in (found.low, found.high):
        scaled = arm - (1 + end) * baseline
        assert stats.ttest_1samp(scaled, 0).pvalue == pytest.approx(0.05)


@given(positive, positive)
def test_positive_values_never_lose_more_than_all(arm, baseline):
    found = relative_change(arm, baseline, 5.0)
    assert found.value > -1
    assert not found.low < -1


@given(positive, positive)
def test_it_excludes_zero_exactly_where_the_change_does(arm, baseline):
    contrast = compare(np.array(arm, dtype=float)[:, None], baseline).contrasts[0]
    assume(contrast.p is not None)
    found = relative_change(arm, baseline, contrast.critical)
    assume(not math.isnan(found.low))
    assume(min(abs(contrast.low), abs(contrast.high)) > 1e-6)  # beyond rounding
    assert (found.low > 0 or found.high < 0) == contrast.excludes_zero


def test_a_collapse_is_a_loss_of_at_most_everything():
    baseline = np.array([0.9, 0.91, 0.89, 0.9, 0.92, 0.9])
    arm = np.array([0.9, 0.0, 0.0, 0.91, 0.0, 0.0])
    found = relative_change(arm, baseline, 3.0)
    assert found.low == -1
    assert found.value == pytest.approx(arm.mean() / baseline.mean() - 1)


def test_a_reference_that_may_be_zero_gives_no_interval():
    found = relative_change([1.0, 2.0, 3.0], [0.1, -0.2, 0.3], 4.3)
    assert found.value == pytest.approx(29)
    assert math.isnan(found.low)
    assert math.isnan(relative_change([1.0, 2.0], [1.0, -1.0], 4.3).value)


def test_without_a_critical_value_there_is_no_interval():
    assert math.isnan(relative_change([1.0, 2.0, 3.0], [1.0, 1.0, 2.0], math.nan).high)
    assert math.isnan(relative_change([1.0], [2.0], 3.0).high)


@pytest.mark.parametrize(
    "arm, baseline", [([], []), ([1.0], [1.0, 2.0]), ([math.nan], [1.0])]
)
def test_values_that_are_no_pairs_are_refused(arm, baseline):
    with pytest.raises(UsageError):
        relative_change(arm, baseline, 2.0)


def test_the_sign_is_that_of_the_change_where_the_reference_is_negative():
    generator = np.random.default_rng(1)
    baseline = generator.normal(-2, 0.1, 8)
    arm = baseline + generator.normal(0.3, 0.05, 8)
    found = relative_change(arm, baseline, 2.5)
    assert found.value == pytest.approx(
        np.mean(arm - baseline) / abs(np.mean(baseline))
    )
    assert 0 < found.low < found.value < found.high
    mirrored = relative_change(-arm, -baseline, 2.5)
    assert (found.value, found.low, found.high) == pytest.approx(
        (-mirrored.value, -mirrored.high, -mirrored.low)
    )
