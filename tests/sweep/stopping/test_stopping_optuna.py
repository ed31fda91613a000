"""The rules that are Optuna's, against Optuna's own pruners on the same values, and what they say."""

import math

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState

from sweep.model.trial import Report, State, Trial
from sweep.spec import EarlyTerminate
from sweep.stopping import patient, percentile, pruner, threshold, wilcoxon

METRIC = "m"
optuna.logging.set_verbosity(optuna.logging.ERROR)
pytestmark = pytest.mark.filterwarnings(
    "ignore::optuna.exceptions.ExperimentalWarning",  # PatientPruner and WilcoxonPruner
    "ignore:All-NaN slice encountered:RuntimeWarning",  # PatientPruner, of a trial without a finite value
)

goals = st.sampled_from(["maximize", "minimize"])
values = (
    st.floats(-5, 5, allow_nan=False).map(lambda v: round(v, 1)) | st.none()
)  # None: reported, and not finite
curves = st.dictionaries(st.integers(0, 11), values, min_size=1, max_size=9).map(
    lambda c: dict(sorted(c.items()))
)
rivals = st.lists(st.tuples(curves, st.sampled_from(list(State))), max_size=8)


def trial(number, curve, state=State.RUNNING):
    reports = [Report(epoch, {METRIC: value}, 1.0) for epoch, value in curve.items()]
    return Trial(number, "search", "s", {}, 0, state=state, reports=reports)


def in_optuna(curve, state):
    """The same trial; what is not finite is NaN there. A trial ends with the best of its values, or fails."""
    states = {
        State.COMPLETE: TrialState.COMPLETE,
        State.PRUNED: TrialState.PRUNED,
        State.FAILED: TrialState.FAIL,
        State.RUNNING: TrialState.RUNNING,
    }
    return optuna.trial.create_trial(
        state=states[state],
        value=mean(curve) if state is State.COMPLETE else None,
        intermediate_values={
            epoch: math.nan if value is None else value for epoch, value in curve.items()
        },
    )


def mean(curve):
    finite = [value for value in curve.values() if value is not None]
    return sum(finite) / len(finite) if finite else 0.0


def stopped_by_optuna(rule, goal, own, others):
    """Whether Optuna prunes `own` beside `others`."""
    study = optuna.create_study(direction=goal, pruner=rule)
    for curve, state in others:
        study.add_trial(in_optuna(curve, state))
    study.add_trial(in_optuna(own, State.RUNNING))
    return rule.prune(study, study.get_trials()[-1])


def stopped_here(rule, goal, own, others):
    beside = [trial(number, curve, state) for number, (curve, state) in enumerate(others, 1)]
    return pruner(rule.type)(trial(0, own), beside, rule, METRIC, goal) is not None


PERCENTILES = st.sampled_from([0.0, 10.0, 25.0, 50.0, 80.0, 100.0])


@given(curves, rivals, goals, PERCENTILES, st.integers(0, 4), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=150)
def test_percentile_decides_as_optunas(own, others, goal, share, startup, min_iter, interval):
    rule = EarlyTerminate(
        type="percentile",
        percentile=share,
        n_startup_trials=startup,
        min_iter=min_iter,
        interval=interval,
    )
    theirs = optuna.pruners.PercentilePruner(
        share, startup, n_warmup_steps=min_iter - 1, interval_steps=interval
    )
    assert stopped_here(rule, goal, own, others) == stopped_by_optuna(theirs, goal, own, others)


BOUNDS = st.none() | st.sampled_from([-3.0, -1.0, 0.0])


@given(
    curves,
    goals,
    BOUNDS,
    st.none() | st.sampled_from([0.0, 1.0, 3.0]),
    st.integers(1, 4),
    st.integers(1, 4),
)
@settings(max_examples=150)
def test_threshold_decides_as_optunas(own, goal, lower, upper, min_iter, interval):
    if lower is None and upper is None:
        upper = 2.0
    rule = EarlyTerminate(
        type="threshold", lower=lower, upper=upper, min_iter=min_iter, interval=interval
    )
    theirs = optuna.pruners.ThresholdPruner(
        lower, upper, n_warmup_steps=min_iter - 1, interval_steps=interval
    )
    assert stopped_here(rule, goal, own, []) == stopped_by_optuna(theirs, goal, own, [])


@given(curves, goals, st.integers(0, 4), st.sampled_from([0.0, 0.5, 2.0]))
@settings(max_examples=150)
def test_patience_alone_decides_as_optunas(own, goal, patience, min_delta):
    rule = EarlyTerminate(type="patient", patience=patience, min_delta=min_delta)
    theirs = optuna.pruners.PatientPruner(None, patience, min_delta)
    assert stopped_here(rule, goal, own, []) == stopped_by_optuna(theirs, goal, own, [])


@given(curves, rivals, goals, st.integers(0, 3), PERCENTILES)
@settings(max_examples=150)
def test_patience_with_another_rule_decides_as_optunas(own, others, goal, count, share):
    inner = EarlyTerminate(type="percentile", percentile=share, n_startup_trials=1)
    rule = EarlyTerminate(type="patient", patience=count, rule=inner)
    theirs = optuna.pruners.PatientPruner(
        optuna.pruners.PercentilePruner(share, n_startup_trials=1), count
    )
    assert stopped_here(rule, goal, own, others) == stopped_by_optuna(theirs, goal, own, others)


runs = st.lists(st.floats(-2, 2).map(lambda v: round(v, 1)), min_size=7, max_size=7).map(
    lambda r: dict(enumerate(r))
)


@given(
    runs,
    st.integers(1, 7),
    st.lists(runs, min_size=1, max_size=3),
    goals,
    st.sampled_from([0.02, 0.1, 0.4]),
)
@settings(max_examples=100)
def test_wilcoxon_decides_as_optunas(all_own, length, others, goal, p_threshold):
    own = dict(list(all_own.items())[:length])
    rule = EarlyTerminate(type="wilcoxon", p_threshold=p_threshold, n_startup_steps=2)
    theirs = optuna.pruners.WilcoxonPruner(p_threshold=p_threshold, n_startup_steps=2)
    complete = [(other, State.COMPLETE) for other in others]
    if not any(own[step] - best(others, goal)[step] for step in own):
        assert not stopped_here(rule, goal, own, complete)
    else:
        assert stopped_here(rule, goal, own, complete) == stopped_by_optuna(
            theirs, goal, own, complete
        )


def best(others, goal):
    return (max if goal == "maximize" else min)(others, key=mean)


# --------------------------------------------------------------------------- what they say


def curve(*points):
    return dict(enumerate(points))


def test_each_rule_names_the_epoch_the_value_and_what_it_was_held_against():
    complete = [
        trial(n, curve(0.5, value), State.COMPLETE)
        for n, value in enumerate([0.6, 0.7, 0.8, 0.9], 1)
    ]
    rule = EarlyTerminate(type="percentile", percentile=25, n_startup_trials=2)
    assert percentile(trial(0, curve(0.4, 0.5)), complete, rule, METRIC, "maximize") == (
        "epoch 1: best m 0.5 is behind 0.825, which the best 25 % of 4 trials reach"
    )
    rule = EarlyTerminate(type="threshold", upper=2)
    assert (
        threshold(trial(0, curve(1.0, 7.0)), [], rule, METRIC, "minimize")
        == "epoch 1: m 7 is above 2"
    )
    assert (
        threshold(trial(0, curve(1.0, None)), [], rule, METRIC, "minimize")
        == "epoch 1: m is not finite"
    )
    rule = EarlyTerminate(type="patient", patience=1)
    assert patient(trial(0, curve(0.5, 0.7, 0.6, 0.65)), [], rule, METRIC, "maximize") == (
        "epoch 3: best m of the last 2 reports 0.65, before 0.7"
    )
    own, other = (
        trial(n, curve(*[x + n for x in (0.1, 0.2, 0.3, 0.4)]), State.COMPLETE) for n in (0, 1)
    )
    said = wilcoxon(own, [other], EarlyTerminate(type="wilcoxon"), METRIC, "maximize")
    assert (
        said
        == "4 runs: mean m 0.25 is behind 1.25 of the best configuration on the same runs (Wilcoxon p = 0.062)"
    )


def test_a_patient_rule_gives_the_wrapped_rules_reason_first_and_is_not_asked_before():
    inner = EarlyTerminate(type="median")
    rule = EarlyTerminate(type="patient", patience=1, rule=inner)
    complete = [trial(n, curve(*[0.9] * 4), State.COMPLETE) for n in range(1, 6)]
    rising = trial(0, curve(0.1, 0.2, 0.3, 0.4))
    assert pruner("median")(rising, complete, inner, METRIC, "maximize") is not None
    assert patient(rising, complete, rule, METRIC, "maximize") is None
    falling = trial(0, curve(0.1, 0.4, 0.3, 0.2))
    said = patient(falling, complete, rule, METRIC, "maximize")
    assert said.startswith(
        "epoch 3: best m 0.4 is behind the median 0.9 of 5 trials; epoch 3: best m of the last 2"
    )


@pytest.mark.parametrize("name", ["percentile", "threshold", "patient"])
def test_a_report_without_the_metric_decides_nothing(name):
    """Trainers that validate every few epochs report other metrics in between."""
    rule = EarlyTerminate(type=name, percentile=50, n_startup_trials=1, upper=0.0, patience=0)
    complete = [trial(1, curve(*[0.1] * 4), State.COMPLETE)]
    own = trial(0, curve(0.5, 0.9))
    assert pruner(name)(own, complete, rule, METRIC, "minimize") is not None
    own.reports.append(Report(2, {"train/loss": 1.0}, 1.0))
    assert pruner(name)(own, complete, rule, METRIC, "minimize") is None


def test_wilcoxon_needs_four_runs_to_be_nine_tenths_sure():
    """The smallest p-value of n runs is 1/2^n, which `sweep check` counts on."""
    better = trial(1, curve(*[1.0 + n / 10 for n in range(6)]), State.COMPLETE)
    asked = [wilcoxon(trial(0, curve(*[0.0] * n)), [better], EarlyTerminate(type="wilcoxon"), METRIC, "maximize")
             for n in range(1, 6)]  # fmt: skip
    assert [why is not None for why in asked] == [False, False, False, True, True]


def test_wilcoxon_asks_complete_configurations_only():
    rule = EarlyTerminate(type="wilcoxon")
    own = trial(0, curve(0.1, 0.2, 0.3, 0.4))
    for state, stops in ((State.COMPLETE, True), (State.RUNNING, False), (State.PRUNED, False)):
        other = trial(1, curve(1.1, 1.2, 1.3, 1.4), state)
        assert (wilcoxon(own, [other], rule, METRIC, "maximize") is not None) == stops
