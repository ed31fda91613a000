"""`patient`: against Optuna's pruner, alone and around another rule."""

import optuna
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.model.domains import Constant
from sweep.model.parameters import Parameter
from sweep.model.trial import Report, State
from sweep.stopping import Asha, Hyperband, Median, Patient, Percentile, Wilcoxon
from tests.sweep.stopping.beside_optuna import (
    METRIC,
    PERCENTILES,
    curve,
    curves,
    goals,
    quiet,
    rivals,
    stopped_by_optuna,
    stopped_here,
    trial,
)

pytestmark = quiet


@given(curves, goals, st.integers(0, 4), st.sampled_from([0.0, 0.5, 2.0]))
@settings(max_examples=150)
def test_patience_alone_decides_as_optunas(own, goal, patience, min_delta):
    rule = Patient(patience=patience, min_delta=min_delta)
    theirs = optuna.pruners.PatientPruner(None, patience, min_delta)
    assert stopped_here(rule, goal, own, []) == stopped_by_optuna(theirs, goal, own, [])


@given(curves, rivals, goals, st.integers(0, 3), PERCENTILES)
@settings(max_examples=150)
def test_patience_with_another_rule_decides_as_optunas(own, others, goal, count, share):
    inner = Percentile(percentile=share, n_startup_trials=1)
    rule = Patient(patience=count, rule=inner)
    theirs = optuna.pruners.PatientPruner(
        optuna.pruners.PercentilePruner(share, n_startup_trials=1), count
    )
    assert stopped_here(rule, goal, own, others) == stopped_by_optuna(
        theirs, goal, own, others
    )


def test_it_names_the_epoch_and_both_values():
    rule = Patient(patience=1)
    assert rule.stop_reason(
        trial(0, curve(0.5, 0.7, 0.6, 0.65)), [], METRIC, "maximize"
    ) == ("epoch 4: best m of the last 2 reports 0.65, before 0.7")


def test_a_patient_rule_gives_the_wrapped_rules_reason_first_and_is_not_asked_before():
    inner = Median()
    rule = Patient(patience=1, rule=inner)
    complete = [trial(n, curve(*[0.9] * 4), State.COMPLETE) for n in range(1, 6)]
    rising = trial(0, curve(0.1, 0.2, 0.3, 0.4))
    assert inner.stop_reason(rising, complete, METRIC, "maximize") is not None
    assert rule.stop_reason(rising, complete, METRIC, "maximize") is None
    falling = trial(0, curve(0.1, 0.4, 0.3, 0.2))
    said = rule.stop_reason(falling, complete, METRIC, "maximize")
    assert said.startswith(
        "epoch 4: best m 0.4 is behind the median 0.9 of 5 trials; epoch 4: best m of the last 2"
    )


def test_a_report_without_the_metric_decides_nothing():
    """Trainers that validate every few epochs report other metrics in between."""
    rule = Patient(patience=0)
    complete = [trial(1, curve(*[0.1] * 4), State.COMPLETE)]
    own = trial(0, curve(0.5, 0.9))
    assert rule.stop_reason(own, complete, METRIC, "minimize") is not None
    own.reports.append(Report(2, {"train/loss": 1.0}, 1.0))
    assert rule.stop_reason(own, complete, METRIC, "minimize") is None


EPOCHS = {"epochs": Parameter("epochs", Constant(9), "fixed")}
AT = ("early_terminate",)


def test_a_patience_that_no_trial_exhausts_is_a_fault():
    (fault,) = Patient(patience=7).faults(EPOCHS, 1, AT)
    assert fault == (
        (*AT, "patience"),
        "7 can never stop a trial: it can stop from epoch 9 on, and trials have 9",
        "at most 6",
    )
    assert list(Patient(patience=6).faults(EPOCHS, 1, AT)) == []


def test_a_rule_that_is_asked_between_runs_cannot_be_wrapped_and_the_others_are_named():
    (fault,) = Patient(patience=1, rule=Wilcoxon()).faults(EPOCHS, 1, AT)
    assert (fault.key, fault.problem) == (
        (*AT, "rule", "type"),
        "patient cannot wrap wilcoxon",
    )
    assert fault.allowed.startswith(
        "one of: asha, median, percentile, threshold, hyperband; or no"
    )


def test_what_is_wrong_with_the_wrapped_rule_is_said_at_its_key():
    (fault,) = Patient(patience=1, rule=Asha(min_iter=10)).faults(EPOCHS, 1, AT)
    assert fault.key == (*AT, "rule", "min_iter")


def test_the_wrapped_rule_says_what_a_figure_draws_and_until_when_reports_count():
    assert Patient(patience=1, rule=Asha(eta=2)).looks(4).epochs == (1, 2, 4)
    assert Patient(patience=1).looks(4).epochs == ()
    last = trial(0, curve(0.1, 0.2))
    last.config["epochs"] = 2
    assert not Patient(patience=0, rule=Hyperband()).may_stop(last)
    assert not Patient(patience=0, rule=Asha()).may_stop(last)


def test_a_rule_that_pauses_cannot_be_wrapped():
    rule = Patient(patience=1, rule=Asha(form="promote", min_iter=1, eta=2))
    (fault,) = rule.faults(EPOCHS, 1, AT)
    assert fault.key == (*AT, "rule", "form")
    assert "form: promote" in fault.problem
