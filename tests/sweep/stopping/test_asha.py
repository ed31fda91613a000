"""`asha`: successive halving against Optuna, what it says and until when it stops."""

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.model.domains import Constant
from sweep.model.parameters import Parameter
from sweep.model.trial import Trial
from sweep.stopping import Asha, rungs
from tests.sweep.stopping.races import CASES, METRIC, goals, play, races, trial


def play_optuna(goal, curves, order, min_iter, eta):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    rule = optuna.pruners.SuccessiveHalvingPruner(
        min_resource=min_iter, reduction_factor=eta
    )
    study = optuna.create_study(direction=goal, pruner=rule)
    trials = [study.ask() for _ in curves]
    seen, stopped = [0] * len(curves), {}
    for number in order:
        if number in stopped or seen[number] == len(curves[number]):
            continue
        trials[number].report(curves[number][seen[number]], seen[number] + 1)
        seen[number] += 1
        if trials[number].should_prune():
            stopped[number] = seen[number]
            study.tell(trials[number], state=optuna.trial.TrialState.PRUNED)
    return stopped


@given(races(), goals, st.integers(1, 3), st.integers(2, 4))
@settings(max_examples=60)
def test_asha_decides_as_optunas_successive_halving(race, goal, min_iter, eta):
    drawn, order = race
    rule = Asha(min_iter=min_iter, eta=eta)
    assert play(rule, goal, drawn, order) == play_optuna(
        goal, drawn, order, min_iter, eta
    )


def test_rungs_are_powers_of_eta_from_min_iter():
    assert rungs(2, 3, 60) == [2, 6, 18, 54]
    assert rungs(1, 2, 8) == [1, 2, 4, 8]
    assert rungs(5, 3, 4) == []


def test_a_trial_that_reports_only_every_few_epochs_is_judged_at_its_first_report_behind_a_rung():
    rule = Asha(min_iter=2, eta=2)
    good = trial(0, [0.9, 0.95], epochs=[4, 9])
    poor = trial(1, [0.1], epochs=[4])
    assert (
        rule.stop_reason(poor, [good], METRIC, "maximize")
        == "rung 2: m 0.1, the best 1 of 2 reach 0.9"
    )
    between = trial(
        2, [0.99, 0.1], epochs=[7, 8]
    )  # rungs 2, 4 and 8 lie before its first report
    assert rule.stop_reason(between, [good], METRIC, "maximize") is None


def test_the_reason_names_rung_value_and_cutoff():
    rivals = [trial(n, [value]) for n, value in enumerate([0.9, 0.8, 0.7])]
    assert (
        CASES["asha"].stop_reason(trial(3, [0.1]), rivals, METRIC, "maximize")
        == "rung 1: m 0.1, the best 2 of 4 reach 0.8"
    )


def test_an_exploring_trial_is_compared_with_exploring_ones_only():
    rule = CASES["asha"]
    suggested = [trial(n, [0.9]) for n in (0, 1)]
    exploring = [trial(n, [0.3], explores=True) for n in (2, 3)]
    rivals = [*suggested, *exploring]
    good, poor = trial(4, [0.5], explores=True), trial(4, [0.1], explores=True)
    assert rule.stop_reason(good, rivals, METRIC, "maximize") is None
    assert (
        rule.stop_reason(poor, rivals, METRIC, "maximize")
        == "rung 1: m 0.1, the best 1 of 3 exploring trials reach 0.3"
    )


def test_a_suggestion_that_beats_only_exploring_trials_is_stopped():
    rivals = [
        *[trial(n, [0.9]) for n in (0, 1)],
        *[trial(n, [0.1], explores=True) for n in (2, 3, 4, 5)],
    ]
    assert (
        CASES["asha"].stop_reason(trial(6, [0.5]), rivals, METRIC, "maximize")
        == "rung 1: m 0.5, the best 1 of 3 non-exploring trials reach 0.9"
    )
    paused = PROMOTE.pause_reason(trial(6, [0.5]), rivals, METRIC, "maximize")
    assert paused == "rung 1: 3 of 3 non-exploring trials that reached it"
    poor = trial(6, [0.0], explores=True)
    paused = PROMOTE.pause_reason(poor, rivals, METRIC, "maximize")
    assert paused == "rung 1: 5 of 5 exploring trials that reached it"


def test_at_a_later_rung_a_few_suggestions_are_compared_with_exploring_trials_too():
    exploring = [trial(n, [0.1, 0.1], explores=True) for n in range(9)]
    poor = trial(30, [0.2, 0.2])
    few = [*exploring, *[trial(n, [0.9, 0.9]) for n in range(10, 13)]]
    many = [*exploring, *[trial(n, [0.9, 0.9]) for n in range(10, 20)]]
    rule = CASES["asha"]
    assert rule.stop_reason(poor, few, METRIC, "maximize") is None
    assert (
        rule.stop_reason(poor, many, METRIC, "maximize")
        == "rung 2: m 0.2, the best 5 of 11 non-exploring trials reach 0.9"
    )


@pytest.mark.parametrize(
    "max_iter, config, allowed",
    [
        (None, {"epochs": 5}, [1, 2, 3, 4]),
        (3, {"epochs": 5}, [1, 2]),
        (None, {}, [1, 2, 3, 4, 5]),
        (9, {"epochs": 5}, [1, 2, 3, 4, 5]),
    ],
)
def test_nothing_is_stopped_from_max_iter_or_its_last_epoch_on(
    max_iter, config, allowed
):
    rule = Asha(max_iter=max_iter)
    grown = [
        Trial(0, "search", "s", config, 0, reports=trial(0, [0.5] * length).reports)
        for length in range(1, 6)
    ]
    assert [len(t.reports) for t in grown if rule.may_stop(t)] == allowed


def test_it_judges_at_its_rungs_alone_which_a_figure_draws():
    rule = Asha(min_iter=2, eta=2)
    assert rule.judged(9) == [2, 4, 8]
    assert Asha(min_iter=2, eta=2, max_iter=4).judged(9) == [2, 4]
    assert rule.judged(None) is None, "without a budget it may be any epoch"
    looks = rule.looks(9)
    assert (looks.epochs, looks.caption) == (
        (2, 4, 8),
        "the rungs of asha after 2, 4, 8 epochs",
    )


@pytest.mark.parametrize(
    "rule, key, problem",
    [
        (Asha(min_iter=10), "min_iter", "10 is more than the 9 epochs of a trial"),
        (Asha(max_iter=10), "max_iter", "10 is more than the 9 epochs of a trial"),
        (Asha(min_iter=5, max_iter=4), "max_iter", "4 is below min_iter"),
    ],
)
def test_bounds_that_no_trial_reaches_are_faults(rule, key, problem):
    epochs = {"epochs": Parameter("epochs", Constant(9), "fixed")}
    (fault,) = rule.faults(epochs, 1, ("early_terminate",))
    assert (fault.key, fault.problem) == (("early_terminate", key), problem)
    assert list(rule.faults({}, 1, ("early_terminate",))) == [], "epochs are not known"


PROMOTE = Asha(form="promote", min_iter=1, eta=2)


def test_a_trial_that_is_not_among_the_best_pauses_in_the_promotion_form_and_is_never_stopped():
    rivals = [trial(0, [0.9]), trial(1, [0.8])]
    behind = trial(2, [0.1])
    assert PROMOTE.stop_reason(behind, rivals, METRIC, "maximize") is None
    reason = PROMOTE.pause_reason(behind, rivals, METRIC, "maximize")
    assert reason == "rung 1: 3 of 3 that reached it"
    assert CASES["asha"].pause_reason(behind, rivals, METRIC, "maximize") is None


def test_the_first_trial_at_a_rung_pauses_and_one_of_the_best_goes_on():
    assert PROMOTE.pause_reason(trial(0, [0.9]), [], METRIC, "maximize")
    rivals = [trial(0, [0.5])]
    assert PROMOTE.pause_reason(trial(1, [0.9]), rivals, METRIC, "maximize") is None
    between = trial(1, [0.9, 0.9, 0.1], epochs=[0, 1, 2])  # no rung lies after 3 epochs
    assert PROMOTE.pause_reason(between, rivals, METRIC, "maximize") is None


def test_a_trial_that_passes_several_rungs_at_once_is_judged_at_the_highest():
    rivals = [trial(0, [0.5, 0.5, 0.5, 0.5]), trial(1, [0.9])]
    late = trial(2, [0.7], epochs=[3])  # behind rungs 1, 2 and 4
    assert PROMOTE.pause_reason(late, rivals, METRIC, "maximize") is None


def test_a_trial_without_a_value_at_its_rung_is_stopped_since_nothing_could_promote_it():
    nothing = trial(0, [None])
    assert (
        PROMOTE.stop_reason(nothing, [], METRIC, "maximize") == "no finite m at rung 1"
    )


def test_a_sampler_sees_a_trial_up_to_its_last_rung():
    def seen(rule, one):
        return rule.censored_at(one, METRIC, "maximize")

    assert seen(PROMOTE, trial(0, [0.1, 0.2, 0.3])) == 1
    assert seen(PROMOTE, trial(0, [0.1], epochs=[6])) == 6
    assert seen(PROMOTE, Trial(0, "search", "s", {}, 0)) is None
    assert seen(CASES["asha"], trial(0, [0.1, 0.2, 0.3])) is None


def test_only_the_promotion_form_says_what_it_asks_of_a_trainer():
    assert list(CASES["asha"].notes()) == []
    (note,) = PROMOTE.notes()
    assert "resumes trials from checkpoints" in note
    assert "`sweep plan` probes" in note
