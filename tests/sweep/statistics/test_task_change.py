"""Changes over tasks: Welch and Student as special cases, simulated size, signs, percentages."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.t_interval import mean_t_interval
from sweep.statistics.task_change import (
    change_over_tasks,
    relative_contrasts,
    task_signs,
)
from tests.simulation import tasks as simulation

SAMPLES = st.lists(
    st.lists(st.floats(-10, 10), min_size=3, max_size=8), min_size=1, max_size=6
)


def drawn(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(0.3 * i, 1 + i, size) for i, size in enumerate(sizes)]


def test_these_two_tasks_have_welchs_test():
    """The mean of two strata and Welch's difference have the same error and degrees of freedom."""
    first, second = drawn(5, 9)
    found = change_over_tasks([first, second], "these").interval
    expected = stats.ttest_ind(first, -second, equal_var=False)
    interval = expected.confidence_interval()
    assert found.p == pytest.approx(expected.pvalue)
    assert found.df == pytest.approx(expected.df)
    assert 2 * found.low == pytest.approx(interval.low)
    assert 2 * found.high == pytest.approx(interval.high)


def test_one_task_is_a_paired_t_test():
    (sample,) = drawn(6)
    found = change_over_tasks([sample], "these").interval
    expected = mean_t_interval(sample)
    assert (found.low, found.high, found.p) == pytest.approx(
        (expected.low, expected.high, expected.p)
    )


def test_the_variance_is_that_of_the_published_formula():
    samples = drawn(5, 5, 5)
    found = change_over_tasks(samples, "these").interval
    squares = sum(np.var(sample, ddof=1) for sample in samples)
    assert found.standard_error**2 == pytest.approx(squares / (5 * 3**2))


@given(SAMPLES, st.integers(0, 100))
def test_the_order_of_tasks_does_not_matter(samples, seed):
    order = np.random.default_rng(seed).permutation(len(samples))
    first = change_over_tasks(samples, "these").interval
    second = change_over_tasks([samples[i] for i in order], "these").interval
    assert second.mean == pytest.approx(first.mean, abs=1e-12)
    assert second.standard_error == pytest.approx(first.standard_error)
    assert second.df == pytest.approx(first.df)


@given(SAMPLES)
def test_degrees_of_freedom_lie_between_the_smallest_tasks_and_the_sum(samples):
    interval = change_over_tasks(samples, "these").interval
    df = [len(sample) - 1 for sample in samples]
    assert min(df) * (1 - 1e-9) <= interval.df <= sum(df) * (1 + 1e-9)


def test_tasks_like_these_are_a_sample_of_means():
    samples = drawn(3, 4, 5, 6, 7)
    found = change_over_tasks(samples, "like_these")
    assert found.interval == mean_t_interval([np.mean(sample) for sample in samples])
    assert found.tasks == 5
    assert found.means == pytest.approx([np.mean(sample) for sample in samples])


def test_few_tasks_are_warned_of():
    assert (
        "5 tasks say little" in change_over_tasks(drawn(*[3] * 5), "like_these").warning
    )
    assert (
        "9 tasks say little" in change_over_tasks(drawn(*[3] * 9), "like_these").warning
    )
    assert not change_over_tasks(drawn(*[3] * 10), "like_these").warning
    assert not change_over_tasks(drawn(3, 3), "these").warning


def test_equal_changes_have_no_interval():
    change = change_over_tasks([[1.0] * 4, [1.0] * 3], "these").interval
    assert change.p is None
    assert math.isnan(change.low)


def test_one_task_without_spread_leaves_the_others():
    change = change_over_tasks([[1.0] * 4, [1.0, 2.0, 4.0]], "these").interval
    assert change.df == pytest.approx(2)
    assert change.low < change.mean < change.high


def test_sizes_are_the_published_ones():
    """Of a nominal .05; Monte-Carlo error .007 with 1 000 studies."""
    rng = np.random.default_rng(0)
    assert simulation.rejected("these", 3, 3, 1_000, rng) == pytest.approx(
        0.049, abs=0.02
    )
    like = simulation.rejected("like_these", 5, 5, 1_000, rng, task_sd=1.0)
    assert like == pytest.approx(0.049, abs=0.02)
    assert simulation.bootstrap_rejected(3, 5, 150, rng) > 0.07


@pytest.mark.parametrize(
    "samples, target, problem",
    [
        ([], "these", "number of tasks is 0"),
        ([[1.0, 2.0]], "these", "task 1 of 1 has 2 values; at least 3"),
        ([[1.0, 2.0, 3.0]] * 4, "like_these", "4 tasks; .* at least 5"),
        ([[1.0, 2.0, math.nan]], "these", "not finite"),
        ([[1.0, 2.0, 3.0]], "those", "did you mean 'these'"),
    ],
)
def test_what_cannot_be_said_is_refused(samples, target, problem):
    with pytest.raises(UsageError, match=problem):
        change_over_tasks(samples, target)


# ---------------------------------------------------------------------------- relative changes


@given(st.floats(0.01, 100), st.booleans(), st.integers(0, 50))
def test_relative_changes_do_not_depend_on_the_scale(scale, negative, seed):
    rng = np.random.default_rng(seed)
    baseline = 20 + rng.normal(size=6)
    arm = baseline + rng.normal(0.5, 1, size=6)
    found = relative_contrasts(arm, baseline)
    assert np.mean(found) == pytest.approx(arm.mean() / baseline.mean() - 1)
    factor = -scale if negative else scale
    scaled = relative_contrasts(factor * arm, factor * baseline)
    assert scaled == pytest.approx(math.copysign(1, factor) * found)


def test_the_baselines_error_is_included():
    """Against Fieller's interval, which is exact for normal values."""
    rng = np.random.default_rng(1)
    baseline = 10 + rng.normal(size=40)
    arm = 1.1 * baseline + rng.normal(size=40)
    found = mean_t_interval(relative_contrasts(arm, baseline))
    c2 = stats.t.isf(0.025, 39) ** 2
    cov = np.cov(arm, baseline) / 40
    a, b = arm.mean(), baseline.mean()
    roots = np.roots(
        [b**2 - c2 * cov[1, 1], -2 * (a * b - c2 * cov[0, 1]), a**2 - c2 * cov[0, 0]]
    )
    assert (found.low, found.high) == pytest.approx(np.sort(roots) - 1, abs=5e-4)


def test_nothing_is_relative_to_zero():
    with pytest.raises(UsageError, match="may be 0"):
        relative_contrasts([1.0, 2.0, 3.0], [-1.0, 0.5, 1.0])
    with pytest.raises(UsageError, match="may be 0"):
        relative_contrasts([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    with pytest.raises(UsageError, match="3 seeds and the baseline 2"):
        relative_contrasts([1.0, 2.0, 3.0], [5.0, 5.1])


# ---------------------------------------------------------------------------- signs


def test_tasks_that_disagree_are_named():
    differences = {
        "wine": [0.1, 0.2, 0.15],
        "digits": [-0.1, -0.2, -0.12],
        "iris": [0.1, -0.1],
        "blobs": [0.0, 0.0],
    }
    found = task_signs(differences, "maximize")
    assert found.better == ("wine",)
    assert found.worse == ("digits",)
    assert found.equal == ("iris", "blobs")
    assert found.differ
    assert found.clearly_differ
    assert task_signs(differences, "minimize").better == ("digits",)


def test_disagreement_within_the_noise_is_not_clear():
    found = task_signs(
        {"wine": [0.1, 0.2, 0.15], "digits": [-1.0, 0.9, -0.5]}, "maximize"
    )
    assert found.differ
    assert not found.clearly_differ
    assert not task_signs({"wine": [0.1, 0.2], "digits": [0.5, 0.9]}, "maximize").differ


def test_signs_of_no_task_are_refused():
    with pytest.raises(UsageError, match="no task"):
        task_signs({}, "maximize")
    with pytest.raises(UsageError, match="task 'wine' has 1 values"):
        task_signs({"wine": [1.0]}, "maximize")
