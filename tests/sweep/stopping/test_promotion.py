"""Who got to which rung, and which paused trial goes on, against the definition read literally."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.model.cohort import Cohort
from sweep.model.trial import Report, State
from sweep.stopping import Asha, furthest, promotion, rungs
from sweep.stopping.promotion import Ladder, Race, leader, on_ladder, value_at_rung
from tests.sweep.stopping.races import METRIC, goals, trial, values

RUN = (0, None)


def literally(trials, min_iter, eta, goal, alone):
    """Algorithm 2 of Li et al. 2020, `get_job`, among exploring trials and among the others:
    the trial that is promoted, and its rung. At a later rung fewer than `alone` others are
    compared with the exploring trials too."""
    sign = 1 if goal == "maximize" else -1
    for rung, explores in product(reversed(rungs(min_iter, eta, 9)), (True, False)):
        there = [one for one in trials if len(one.reports) >= rung]
        alike = [one for one in there if one.explores is explores]
        if explores or rung == min_iter or len(alike) >= alone:
            there = alike
        # Of equals the earlier trial is better.
        there.sort(
            key=lambda one: (-sign * one.reports[rung - 1].metrics[METRIC], one.number)
        )
        for one in there[: len(there) // eta]:
            waits_here = rungs(min_iter, eta, len(one.reports))[-1] == rung
            if one.state is State.PAUSED and waits_here and one.explores is explores:
                return one.number, rung
    return None


@st.composite
def steps(draw):
    """Curves, and what happens to their trials one after another: which goes on, and by
    how much."""
    curves = draw(
        st.lists(st.lists(values, min_size=9, max_size=9), min_size=1, max_size=8)
    )
    explores = draw(st.lists(st.booleans(), min_size=len(curves), max_size=len(curves)))
    numbers = st.integers(0, len(curves) - 1)
    happened = draw(st.lists(st.tuples(numbers, st.integers(0, 3)), max_size=20))
    return curves, explores, happened


@given(steps(), goals, st.integers(1, 3), st.integers(2, 4), st.integers(2, 5))
@settings(max_examples=200)
def test_the_promoted_trial_is_that_of_the_algorithm_however_the_view_grew(
    drawn, goal, min_iter, eta, alone
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(promotion, "ALONE", alone)
        check_each_promotion(drawn, goal, min_iter, eta, alone)


def check_each_promotion(drawn, goal, min_iter, eta, alone):
    curves, explores, happened = drawn
    trials = {}
    cohort = Cohort(trials)
    rule = Asha(form="promote", min_iter=min_iter, eta=eta)
    for number, further in happened:
        if number not in trials:
            trials[number] = trial(number, [], explores=explores[number])
            cohort.numbers.append(number)
            cohort.open[number] = None
        advance(cohort, trials, number, curves[number], further)
        found = rule.promotable(cohort, RUN, METRIC, goal)
        want = literally(list(trials.values()), min_iter, eta, goal, alone)
        assert (None if found is None else found[0]) == (
            None if want is None else want[0]
        )
        assert found == rule.promotable(list(trials.values()), RUN, METRIC, goal)


def advance(cohort, trials, number, curve, further):
    """A trial goes on by some epochs, pauses, is promoted or ends."""
    one = trials[number]
    if one.state.finished:
        return
    if one.state is State.PAUSED:
        trials[number] = replace(one, state=State.RUNNING)
        del cohort.paused[number]
        cohort.changed.append(number)
        return
    reached = min(len(one.reports) + further, len(curve))
    grown = trial(number, curve[:reached], explores=one.explores)
    if further == 0 and reached:
        grown = replace(grown, state=State.PAUSED)
        cohort.paused[number] = None
        cohort.changed.append(number)
    elif reached == len(curve):
        grown = replace(grown, state=State.COMPLETE)
        del cohort.open[number]
        cohort.ended.append(number)
        cohort.changed.append(number)
    trials[number] = grown


def test_of_equals_the_earlier_goes_on():
    paused = [trial(n, [0.5], State.PAUSED) for n in (3, 1, 2)]
    assert Asha(form="promote", eta=3).promotable(paused, RUN, METRIC, "maximize") == (
        1, "among the best 1 of 3 at rung 1",
    )  # fmt: skip


def test_a_promotion_from_a_higher_rung_comes_first():
    high = [trial(n, [0.1, 0.1], State.PAUSED) for n in (0, 1)]
    low = [trial(n, [0.9], State.PAUSED) for n in (2, 3)]
    assert (
        Asha(form="promote", eta=2).promotable([*high, *low], RUN, METRIC, "maximize")[
            0
        ]
        == 0
    )


def test_runs_of_other_seeds_are_not_compared():
    paused = [trial(0, [0.5], State.PAUSED), replace(trial(1, [0.1]), seed=7)]
    assert (
        Asha(form="promote", eta=2).promotable(paused, RUN, METRIC, "maximize") is None
    )
    ladder = Ladder(1, 2, METRIC, "maximize", RUN)
    assert on_ladder(paused, ladder).there == {Race(1, False): [(-0.5, 0)]}


def test_exploring_trials_are_promoted_before_better_suggestions_at_the_same_rung():
    suggested = [trial(n, [0.9], State.PAUSED) for n in (0, 1)]
    exploring = [trial(n, [0.1 * n], State.PAUSED, explores=True) for n in (2, 3)]
    rule = Asha(form="promote", eta=2)
    assert rule.promotable([*suggested, *exploring], RUN, METRIC, "maximize") == (
        3, "among the best 1 of 2 exploring trials at rung 1",
    )  # fmt: skip
    assert rule.promotable([*suggested, exploring[0]], RUN, METRIC, "maximize") == (
        0, "among the best 1 of 2 non-exploring trials at rung 1",
    )  # fmt: skip


LADDER = Ladder(1, 2, METRIC, "maximize", RUN)


def test_a_few_suggestions_at_a_later_rung_are_compared_with_exploring_trials_too():
    rule = Asha(form="promote", min_iter=1, eta=2)

    def found(suggestions):
        suggested = [trial(n, [0.5, 0.5], State.PAUSED) for n in range(suggestions)]
        numbers = range(20, 20 + 9)
        exploring = [trial(n, [0.1, 0.1], explores=True) for n in numbers]
        return rule.promotable([*suggested, *exploring], RUN, METRIC, "maximize")

    assert found(1) == (0, "among the best 5 of 10 at rung 2"), (
        "no rival but exploring ones"
    )
    assert found(9) == (0, "among the best 9 of 18 at rung 2")
    assert found(10) == (0, "among the best 5 of 10 non-exploring trials at rung 2")


def test_the_leader_is_the_best_of_all_at_a_rung_exploring_or_not_if_it_is_paused_there():
    suggested = trial(0, [0.9], State.PAUSED)
    complete = trial(1, [0.7, 0.8], State.COMPLETE, explores=True)
    exploring = trial(2, [0.8], State.PAUSED, explores=True)
    assert leader([complete, exploring, suggested], LADDER) == (0, 1, 3)
    assert leader([complete, exploring], LADDER) == (2, 1, 2)
    beaten = trial(0, [0.1], State.PAUSED)
    assert leader([complete, beaten], LADDER) is None
    on = trial(0, [0.9, 0.1], State.PAUSED)  # it paused again, behind the complete one
    assert leader([complete, on], LADDER) is None
    assert leader([complete], LADDER) is None


def test_a_failed_trial_leads_no_rung():
    paused = trial(0, [0.5], State.PAUSED)
    for ended in (State.FAILED, State.PRUNED):
        better = trial(1, [0.9, 0.9], ended)
        assert leader([better, paused], LADDER) == (0, 1, 2)


def test_the_leader_of_a_higher_rung_comes_first_and_goes_on_in_the_promotion_form_alone():
    trials = [
        trial(0, [0.9], State.PAUSED),
        trial(1, [0.5, 0.6], State.PAUSED, explores=True),
    ]
    rule = Asha(form="promote", eta=2)
    assert rule.leader(trials, RUN, METRIC, "maximize") == (
        1, "no new trial starts: the best of all 1 at rung 2",
    )  # fmt: skip
    assert rule.leader(trials, RUN, METRIC, "minimize") == (
        1, "no new trial starts: the best of all 1 at rung 2",
    )  # fmt: skip
    assert Asha(eta=2).leader(trials, RUN, METRIC, "maximize") is None


def test_furthest_prefers_epochs_then_the_latest_value():
    paused = [
        trial(0, [0.9], State.PAUSED),
        trial(1, [0.1, 0.2], State.PAUSED),
        trial(2, [0.1, 0.3], State.PAUSED),
        trial(3, [0.1, 0.2, 0.9]),
    ]
    assert furthest(paused, METRIC, "maximize").number == 2
    assert furthest(paused, METRIC, "minimize").number == 1
    assert furthest(paused[3:], METRIC, "maximize") is None


def test_a_value_at_a_rung_is_that_of_the_first_report_behind_it():
    sparse = trial(0, [0.4, 0.6], epochs=[4, 9])
    assert value_at_rung(sparse, METRIC, 3) == 0.4
    assert value_at_rung(sparse, METRIC, 9) == 0.6
    assert value_at_rung(sparse, METRIC, 11) is None


def test_an_epoch_without_the_metric_is_passed_over():
    every_other = trial(0, [0.1, 0.2], epochs=[1, 3])
    unmeasured = [Report(epoch, {}, 1.0) for epoch in (0, 2, 4)]
    reports = sorted(
        [*every_other.reports, *unmeasured], key=lambda report: report.epoch
    )
    validated = replace(every_other, reports=reports)
    ladder = Ladder(1, 2, METRIC, "maximize")
    assert ladder.reached(validated) == [1, 2, 4]
    assert value_at_rung(validated, METRIC, 1) == 0.1
    assert ladder.just_passed(validated) is None, "its latest epoch was not measured"
    assert ladder.just_passed(replace(validated, reports=reports[:4])) == 4
    assert ladder.just_passed(replace(validated, reports=reports[:2])) == 2
