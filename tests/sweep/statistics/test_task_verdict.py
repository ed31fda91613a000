"""One verdict over tasks, read off the interval of the change over them."""

import numpy as np
import pytest
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.task_change import change_over_tasks
from sweep.statistics.task_verdict import changes_of, judge_over_tasks
from sweep.statistics.verdicts import Margin, Verdict

RNG = np.random.default_rng(0)
BASE = {"a": 10 + RNG.normal(size=8), "b": 1000 * (10 + RNG.normal(size=8))}


def pairs(shift, noise=0.1):
    """A relative change on both tasks, with noise of its own."""
    found = {}
    for task, base in BASE.items():
        own = noise * RNG.normal(size=len(base)) * base.mean() / 10
        found[task] = (base + shift * base.mean() + own, base)
    return found


def judge(found, margin=None, *, goal="maximize", relative=True, target="these"):
    return judge_over_tasks(
        found, target, goal, margin, relative=relative, confidence=0.95
    )


@pytest.mark.parametrize(
    "shift, goal, verdict",
    [
        (0.3, "maximize", "helps"),
        (0.3, "minimize", "hurts"),
        (-0.3, "maximize", "hurts"),
        (-0.3, "minimize", "helps"),
    ],
)
def test_a_clear_change_helps_or_hurts(shift, goal, verdict):
    assert judge(pairs(shift), goal=goal).verdict == verdict


def test_no_difference_needs_a_margin():
    alike = pairs(0.0)
    assert judge(alike).verdict is Verdict.UNDECIDED
    assert judge(alike, Margin(0.05, relative=True)).verdict is Verdict.NO_DIFFERENCE


def test_less_than_the_margin_keeps_its_direction():
    found = judge(pairs(0.03, noise=0.01), Margin(0.1, relative=True))
    assert found.words == "helps, less than the margin"


def test_the_interval_is_that_of_the_change_over_tasks():
    found = pairs(0.1)
    want = change_over_tasks(changes_of(found, relative=True), "these", 0.95).interval
    judged = judge(found)
    assert (judged.mean, judged.low, judged.high) == (want.mean, want.low, want.high)


def test_a_margin_in_units_means_nothing_where_each_task_has_its_own():
    found = judge(pairs(0.0), Margin(5.0))
    assert found.verdict is Verdict.UNDECIDED
    assert "percent" in found.reason


def test_on_one_scale_a_margin_in_percent_counts_the_baselines_error():
    """By the same t interval of d ± r b, on one task (Fieller 1954)."""
    base = BASE["a"]
    arm = base + 0.1 + 0.3 * RNG.normal(size=8)
    for share in (0.005, 0.05, 0.5):
        found = judge({"a": (arm, base)}, Margin(share, relative=True), relative=False)
        low = (
            stats.ttest_1samp(arm - base + share * base, 0)
            .confidence_interval(0.95)
            .low
        )
        high = (
            stats.ttest_1samp(arm - base - share * base, 0)
            .confidence_interval(0.95)
            .high
        )
        assert (found.verdict is Verdict.NO_DIFFERENCE) == (low > 0 and high < 0)


def test_two_one_sided_tests_of_statsmodels_agree_on_one_task():
    """At level α the interval of 1 - 2α lies inside the margin (Schuirmann 1987)."""
    from statsmodels.stats.weightstats import ttost_paired

    base = BASE["a"]
    for shift in (0.0, 0.2, 0.4):
        arm = base + shift + 0.3 * RNG.normal(size=8)
        for margin in (0.2, 0.4, 0.8):
            found = judge({"a": (arm, base)}, Margin(margin), relative=False)
            p = ttost_paired(arm, base, -margin, margin)[0]
            assert (found.verdict is Verdict.NO_DIFFERENCE) == (p < 0.025)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_task_with_too_few_pairs_is_named(count):
    found = pairs(0.3)
    found["b"] = tuple(side[:count] for side in found["b"])
    judged = judge(found)
    assert judged.verdict is Verdict.UNDECIDED
    assert f"{count} complete pair" in judged.reason


def test_a_baseline_near_0_is_named_where_changes_are_relative():
    found = {**pairs(0.1), "zero": (RNG.normal(size=8), RNG.normal(size=8))}
    assert judge(found).reason.startswith("zero: the baseline's mean")
    with pytest.raises(UsageError, match=r"^zero: "):
        changes_of(found, relative=True)


def test_equal_changes_have_no_spread():
    base = np.array([1.0, 2.0, 4.0])
    found = judge({"a": (base + 0.5, base), "b": (base + 0.5, base)}, relative=False)
    assert found.verdict is Verdict.UNDECIDED
    assert "spread" in found.reason


def test_tasks_like_these_are_too_few_below_five():
    assert "at least 5" in judge(pairs(0.3), target="like_these").reason
