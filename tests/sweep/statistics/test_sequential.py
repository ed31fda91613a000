"""Sequential designs: published critical values, laws of spending, decisions from seeds alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.sequential import (
    SequentialDesign,
    critical_values,
    decide,
    default_looks,
    error_spent,
    price,
    resolution,
    seeds_wanted,
)
from sweep.statistics.verdicts import Margin, Verdict

LOOKS = (5, 8, 12, 18, 30)
LOOK_SETS = (
    st.lists(st.integers(3, 200), min_size=1, max_size=8, unique=True)
    .map(sorted)
    .map(tuple)
)


@pytest.mark.parametrize(
    "arms, expected",
    [
        (1, (6.220, 4.319, 3.416, 2.871, 2.333)),
        (6, (9.977, 5.932, 4.461, 3.703, 3.083)),
        (10, (11.379, 6.456, 4.775, 3.939, 3.284)),
    ],
)
def test_critical_values_are_the_published_ones(arms, expected):
    assert critical_values(SequentialDesign(LOOKS, arms)) == pytest.approx(
        expected, abs=5e-4
    )


@pytest.mark.parametrize(
    "arms, expected", [(1, 0.43), (3, 0.51), (6, 0.56), (10, 0.60)]
)
def test_thirty_seeds_resolve_about_half_a_standard_deviation(arms, expected):
    assert resolution(SequentialDesign(LOOKS, arms)) == pytest.approx(
        expected, abs=5e-3
    )


@given(LOOK_SETS, st.integers(1, 50), st.floats(0.001, 0.5))
def test_the_error_is_spent_once_and_entirely(looks, arms, alpha):
    spent = error_spent(SequentialDesign(looks, arms, alpha))
    assert sum(spent) * arms == pytest.approx(alpha)
    assert min(spent) > 0


def test_usual_looks():
    assert default_looks(5, 30) == (5, 8, 12, 18, 30)
    assert default_looks(6, 30) == (6, 9, 13, 20, 30)
    assert default_looks(5, 5) == (5,)
    assert default_looks(5, 6) == (5, 6)


@given(st.integers(3, 60), st.integers(0, 200))
def test_looks_rise_from_the_first_to_the_last(first, more):
    looks = default_looks(first, first + more)
    assert looks[0] == first
    assert looks[-1] == first + more
    SequentialDesign(looks, 1)  # they make a design


def rows(seed, seeds=30, effect=0.0):
    rng = np.random.default_rng(seed)
    baseline = rng.normal(size=seeds)
    arm = baseline + effect + rng.normal(size=seeds)
    return arm.tolist(), baseline.tolist()


@given(
    st.integers(0, 10_000), st.sampled_from([0.0, 0.7, 1.5, 3.0]), st.integers(0, 30)
)
def test_a_look_once_taken_never_changes(seed, effect, over):
    """What later seeds bring changes no earlier look, and nothing after the deciding one."""
    design = SequentialDesign(LOOKS, 3)
    arm, baseline = rows(seed, effect=effect)
    all_of_it = decide(arm, baseline, design, "maximize", Margin(1.0))
    part = decide(arm[:over], baseline[:over], design, "maximize", Margin(1.0))
    assert part.looks == all_of_it.looks[: len(part.looks)]
    taken = sum(looks <= over for looks in LOOKS)
    assert len(part.looks) == min(taken, len(all_of_it.looks))
    assert part.decided == (
        all_of_it.decided and len(part.looks) == len(all_of_it.looks)
    )


@given(st.integers(0, 10_000))
def test_intervals_at_each_look_use_the_designs_critical_value(seed):
    design = SequentialDesign(LOOKS, 6)
    arm, baseline = rows(seed)
    critical = critical_values(design)
    for look in decide(arm, baseline, design, "minimize").looks:
        differences = np.subtract(arm, baseline)[: look.seeds]
        half = critical[look.index] * differences.std(ddof=1) / np.sqrt(look.seeds)
        judgement = look.judgement
        assert (judgement.high - judgement.low) / 2 == pytest.approx(half)


def test_a_decided_arm_gets_no_more_seeds_and_the_baseline_goes_on():
    design = SequentialDesign(LOOKS, 3)
    clear = decide(*rows(0, 8, effect=9.0), design, "maximize")
    still_open = decide(*rows(1, 8), design, "maximize")
    assert clear.decided
    assert clear.verdict is Verdict.HELPS
    assert not still_open.decided
    untouched = decide([], [], design, "maximize")
    assert untouched.verdict is Verdict.UNDECIDED
    baseline, arms = seeds_wanted([clear, still_open, untouched], design)
    assert arms == [clear.looks[-1].seeds, 12, 5]
    assert baseline == 12


def test_after_the_last_look_an_arm_stays_undecided():
    decision = decide(*rows(1), SequentialDesign((5, 8), 1), "maximize")
    assert decision.exhausted
    assert not decision.decided
    assert decision.next_look is None
    assert seeds_wanted([decision], SequentialDesign((5, 8), 1)) == (8, [8])


def test_a_failed_seed_is_never_replaced():
    """A look at 5 seeds, one failed, judges 4 pairs though a sixth seed is there."""
    design = SequentialDesign(LOOKS, 1)
    arm, baseline = rows(2, 7)
    arm[3] = None
    decision = decide(arm, baseline, design, "maximize")
    assert [look.seeds for look in decision.looks] == [5]
    look = decision.looks[0]
    assert look.judgement.n == 4
    assert look.lacking == (3,)
    without = [value for value in arm[:5] if value is not None]
    reference = [baseline[i] for i in (0, 1, 2, 4)]
    assert look.judgement.mean == pytest.approx(
        np.mean(np.subtract(without, reference))
    )
    assert decision.next_look == 8


def test_the_baselines_failed_seed_counts_for_every_arm():
    arm, baseline = rows(2, 8)
    baseline[0] = None
    looks = decide(arm, baseline, SequentialDesign(LOOKS, 1), "maximize").looks
    assert [look.lacking for look in looks] == [(0,), (0,)]


def test_an_arm_that_nearly_always_fails_is_undecided_not_wrong():
    baseline = np.arange(30.0).tolist()
    arm = [None] * 28 + [100.0, 300.0]
    decision = decide(arm, baseline, SequentialDesign(LOOKS, 1), "maximize")
    assert decision.exhausted
    assert decision.verdict is Verdict.UNDECIDED
    assert "2 complete pairs" in decision.looks[-1].judgement.reason


def test_equal_differences_decide_at_no_look():
    baseline = np.linspace(0, 1, 30).tolist()
    arm = [value + 0.5 for value in baseline]
    decision = decide(
        arm, baseline, SequentialDesign(LOOKS, 1), "maximize", Margin(2.0)
    )
    assert decision.exhausted


@pytest.mark.parametrize(
    "looks, arms, alpha, problem",
    [
        ((), 1, 0.05, "at least one look"),
        ((2, 5), 1, 0.05, "first look is 2; at least 3"),
        ((5, 5), 1, 0.05, "more seeds than the previous one"),
        ((8, 5), 1, 0.05, "more seeds than the previous one"),
        ((5, 8), 0, 0.05, "number of arms is 0"),
        ((5, 8), 1, 0.0, "alpha is 0"),
        ((5, 8), 1, 1.0, "alpha is 1"),
    ],
)
def test_a_design_that_cannot_be_is_refused(looks, arms, alpha, problem):
    with pytest.raises(UsageError, match=problem):
        SequentialDesign(looks, arms, alpha)


def test_looks_that_go_backwards_are_refused():
    with pytest.raises(UsageError, match="from 8 to 6"):
        default_looks(8, 6)


def test_the_number_of_arms_does_not_shrink():
    design = SequentialDesign(LOOKS, 2)
    with pytest.raises(UsageError, match="fixed before the first result"):
        seeds_wanted([decide([], [], design, "maximize")], design)


@pytest.mark.parametrize("arms", [1, 6, 10])
def test_the_price_of_looks_is_how_much_wider_their_last_interval_is(arms):
    design = SequentialDesign(LOOKS, arms)
    fixed = stats.t.ppf(1 - 0.05 / (2 * arms), LOOKS[-1] - 1)
    wider = critical_values(design)[-1] / fixed
    assert price(design) == pytest.approx(wider**2 - 1)
    assert 0.1 < price(design) < 0.35


def test_one_look_costs_nothing():
    assert price(SequentialDesign((12,), 4)) == pytest.approx(0)
