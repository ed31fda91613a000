"""Verdicts from intervals and pairs: the rule, its sisters, and what is never said."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.statistics.t_interval import t_quantile
from sweep.statistics.verdicts import (
    Margin,
    Verdict,
    judge,
    parse_margin,
    verdict_of_interval,
)

HELPS, HURTS = Verdict.HELPS, Verdict.HURTS
NO_DIFFERENCE, UNDECIDED = Verdict.NO_DIFFERENCE, Verdict.UNDECIDED
FINITE = st.floats(-100, 100)


@pytest.mark.parametrize(
    "low, high, margin, verdict, direction",
    [
        (0.1, 0.3, None, HELPS, HELPS),
        (-0.3, -0.1, None, HURTS, HURTS),
        (-0.1, 0.1, None, UNDECIDED, None),
        (-0.1, 0.1, 0.2, NO_DIFFERENCE, None),
        (0.05, 0.1, 0.2, NO_DIFFERENCE, HELPS),
        (-0.1, -0.05, 0.2, NO_DIFFERENCE, HURTS),
        (0.1, 0.3, 0.2, HELPS, HELPS),
        (-0.3, 0.1, 0.2, UNDECIDED, None),
        (0.0, 0.3, 0.2, UNDECIDED, None),
        (-0.2, 0.1, 0.2, UNDECIDED, None),
        (math.nan, math.nan, 0.2, UNDECIDED, None),
        (0.1, 0.1, 0.2, UNDECIDED, None),
    ],
)
def test_the_rule(low, high, margin, verdict, direction):
    assert verdict_of_interval(low, high, "maximize", margin) == (verdict, direction)


@given(FINITE, FINITE, st.none() | st.floats(0.001, 50))
def test_minimising_a_metric_is_maximising_its_negative(first, second, margin):
    low, high = sorted((first, second))
    as_is = verdict_of_interval(low, high, "maximize", margin)
    assert verdict_of_interval(-high, -low, "minimize", margin) == as_is
    swapped = {HELPS: HURTS, HURTS: HELPS}
    other = verdict_of_interval(low, high, "minimize", margin)
    assert other == tuple(swapped.get(word, word) for word in as_is)


@given(FINITE, FINITE)
def test_without_a_margin_no_difference_is_never_said(first, second):
    low, high = sorted((first, second))
    assert verdict_of_interval(low, high, "maximize")[0] is not NO_DIFFERENCE


@given(
    st.lists(st.tuples(FINITE, FINITE), min_size=2, max_size=12),
    st.sampled_from(["maximize", "minimize"]),
    st.floats(0.01, 10),
    st.floats(1, 12),
)
def test_pairs_give_the_verdict_of_their_interval(pairs, goal, margin, critical_value):
    arm, baseline = np.array(pairs).T
    judgement = judge(arm, baseline, critical_value, goal, Margin(margin))
    if math.isnan(judgement.low):
        assert judgement.verdict is UNDECIDED
        return
    differences = arm - baseline
    half = critical_value * differences.std(ddof=1) / math.sqrt(len(differences))
    assert judgement.high - judgement.mean == pytest.approx(half)
    found = verdict_of_interval(judgement.low, judgement.high, goal, margin)
    assert (judgement.verdict, judgement.direction) == found


@pytest.mark.parametrize("difference", [0.0, 0.1, -7.0])
@pytest.mark.parametrize("margin", [None, Margin(1.0), Margin(0.5, relative=True)])
def test_equal_differences_decide_nothing(difference, margin):
    baseline = np.array([0.71, 0.74, 0.72, 0.73, 0.75, 0.7])
    judgement = judge(baseline + difference, baseline, 2.0, "maximize", margin)
    assert judgement.verdict is UNDECIDED
    assert math.isnan(judgement.low)
    assert "spread is unknown" in judgement.reason


def test_rounding_of_float32_is_no_spread():
    baseline = np.random.default_rng(0).normal(0.8, 0.05, size=9).astype(np.float32)
    baseline[0] = 0.012345
    arm = (baseline + np.float32(0.0123)).astype(float)
    differences = arm - baseline.astype(float)
    assert np.std(differences) > 0
    for margin in (None, Margin(0.1), Margin(0.1, relative=True)):
        judgement = judge(arm, baseline.astype(float), 3.0, "maximize", margin)
        assert judgement.verdict is Verdict.UNDECIDED


def test_a_small_but_sure_change_is_said_in_words():
    baseline = np.array([0.70, 0.72, 0.71, 0.74, 0.73])
    arm = baseline + np.array([0.010, 0.011, 0.009, 0.012, 0.010])
    assert (
        judge(arm, baseline, 3.0, "maximize", Margin(0.05)).words
        == "helps, less than the margin"
    )
    assert (
        judge(arm, baseline, 3.0, "minimize", Margin(0.05)).words
        == "hurts, less than the margin"
    )
    assert judge(arm, baseline, 3.0, "maximize", Margin(0.001)).words == "helps"
    assert judge(arm, baseline, 90.0, "maximize").words == "undecided"


def test_a_relative_margin_is_the_absolute_one_where_the_baseline_has_no_error():
    baseline = np.full(6, -20.0)
    arm = baseline + np.array([0.1, -0.1, 0.05, 0.02, -0.03, 0.06])
    for size in (0.001, 0.003, 0.004, 0.005, 0.01, 0.02):
        relative = judge(arm, baseline, 3.0, "maximize", Margin(size, relative=True))
        absolute = judge(arm, baseline, 3.0, "maximize", Margin(size * 20))
        assert relative == absolute


def test_a_relative_margin_is_fiellers_interval_of_the_ratio():
    """No difference is said iff Fieller's interval of mean(d) / mean(b) is inside (-r, r)."""
    rng = np.random.default_rng(3)
    baseline = 10 + rng.normal(size=8)
    arm = baseline * 1.01 + 0.2 * rng.normal(size=8)
    critical_value = t_quantile(7, 0.025)
    difference = arm - baseline
    n, d, b = 8, difference.mean(), baseline.mean()
    cov = np.cov(difference, baseline) / n
    # Roots of (d - ρb)² = c² var(d - ρb) in ρ.
    c2 = critical_value**2
    roots = np.roots(
        [b**2 - c2 * cov[1, 1], -2 * (d * b - c2 * cov[0, 1]), d**2 - c2 * cov[0, 0]]
    )
    edge = np.abs(roots).max()
    for size, verdict in ((edge * 1.001, NO_DIFFERENCE), (edge * 0.999, UNDECIDED)):
        margin = Margin(size, relative=True)
        assert (
            judge(arm, baseline, critical_value, "maximize", margin).verdict is verdict
        )
        mirrored = judge(-arm, -baseline, critical_value, "maximize", margin)
        assert mirrored.verdict is verdict


def test_a_share_of_a_baseline_that_may_be_zero_means_nothing():
    baseline = np.array([-1.0, 1.0, 0.5, -0.4, 0.1])
    arm = baseline + np.array([0.001, -0.001, 0.002, 0.0, -0.002])
    judgement = judge(arm, baseline, 2.8, "maximize", Margin(0.5, relative=True))
    assert judgement.verdict is UNDECIDED
    assert "may be 0" in judgement.reason


def test_no_difference_at_the_margin_itself_is_said_in_at_most_one_in_forty_studies():
    """Monte-Carlo error .0035; the baseline's own error is as large as the differences'."""
    rng = np.random.default_rng(0)
    critical_value = t_quantile(9, 0.025)
    said = 0
    for _ in range(2_000):
        baseline = 5 + rng.normal(size=10)
        arm = baseline * 1.2 + 0.3 * rng.normal(size=10)  # 20 % of the true mean
        judgement = judge(
            arm, baseline, critical_value, "maximize", Margin(0.2, relative=True)
        )
        said += judgement.verdict is NO_DIFFERENCE
    assert 0.005 < said / 2_000 < 0.025 + 0.0105


@pytest.mark.parametrize(
    "text, size, relative",
    [
        (0.005, 0.005, False),
        ("0.005", 0.005, False),
        ("1 %", 0.01, True),
        ("2.5%", 0.025, True),
    ],
)
def test_margins_are_numbers_or_percentages(text, size, relative):
    margin = parse_margin(text)
    assert margin.size == pytest.approx(size)
    assert margin.relative is relative


@pytest.mark.parametrize(
    "value", [0, -1, "0 %", "-1 %", math.inf, math.nan, "nan", "one", "% 1", ""]
)
def test_a_margin_that_is_none_is_refused(value):
    with pytest.raises(UsageError, match="margin is"):
        parse_margin(value)


def test_seeds_that_admit_no_interval_decide_nothing():
    arm, baseline = [1.0, 2.0, 3.5], [0.5, 1.0, 2.0]
    for margin in (None, Margin(9.0), Margin(9.0, relative=True)):
        judgement = judge(arm, baseline, math.inf, "maximize", margin)
        assert judgement.verdict is UNDECIDED
        assert judgement.reason == "these seeds admit no finite interval"


def test_folds_have_nadeau_and_bengios_wider_interval():
    arm, baseline = [0.71, 0.74, 0.79, 0.8, 0.77], [0.7, 0.72, 0.75, 0.79, 0.76]
    seeds = judge(arm, baseline, 2.0, "maximize")
    folds = judge(arm, baseline, 2.0, "maximize", test_to_train=0.25)
    widened = math.sqrt((1 / 5 + 1 / 4) / (1 / 5))
    assert folds.high - folds.mean == pytest.approx(widened * (seeds.high - seeds.mean))
    assert folds.mean == seeds.mean
    with pytest.raises(UsageError, match="n_test / n_train is -1"):
        judge(arm, baseline, 2.0, "maximize", test_to_train=-1)


def test_bad_input_is_refused():
    good = [1.0, 2.0, 3.0]
    with pytest.raises(UsageError, match="arm has 3 seeds and the baseline 2"):
        judge(good, good[:2], 2.0, "maximize")
    with pytest.raises(UsageError, match="at least 2"):
        judge([1.0], [2.0], 2.0, "maximize")
    with pytest.raises(UsageError, match="not finite"):
        judge([1.0, math.nan], [1.0, 2.0], 2.0, "maximize")
    with pytest.raises(UsageError, match="did you mean 'maximize'"):
        judge(good, good, 2.0, "maximise")
    with pytest.raises(UsageError, match="critical value is 0"):
        judge(good, good, 0, "maximize")
    with pytest.raises(UsageError, match="must not exceed"):
        verdict_of_interval(1.0, 0.0, "maximize")
