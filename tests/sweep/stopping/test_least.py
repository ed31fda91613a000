"""The least that is trained under a rule: no order of results undercuts it, and the
worst one reaches it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.model.trial import Report, State, Trial
from sweep.stopping import (
    RULES,
    Asha,
    Hyperband,
    Median,
    NoRule,
    Patient,
    Percentile,
    Threshold,
    Wilcoxon,
    trained,
)

METRIC, EPOCHS, TRIALS = "m", 9, 8
# A rule of each kind that is asked within a run, and what 8 runs of 9 epochs are trained at least.
WITHIN = {
    "none": (NoRule(), 8 * 9),
    "asha": (Asha(min_iter=2, eta=2), 9 + 7 * 2),
    "median": (Median(min_iter=3), 4 * 9 + 4 * 3),
    "percentile": (
        Percentile(percentile=50, n_startup_trials=2, min_iter=4),
        2 * 9 + 6 * 4,
    ),
    "threshold": (Threshold(lower=0, min_iter=2), 8 * 2),
    "hyperband": (Hyperband(min_iter=1, eta=3), 9 + 7),
    "hyperband, counted back": (
        Hyperband(max_iter=9, s=1, eta=3),
        9 + 7 * 3,
    ),
    "patient": (Patient(patience=1), 8 * 3),
    "patient median": (
        Patient(patience=1, rule=Median()),
        4 * 9 + 4 * 3,
    ),
}
CASES = [pytest.param(*case, id=name) for name, case in WITHIN.items()]


def reports(values):
    return [Report(epoch, {METRIC: value}, 1.0) for epoch, value in enumerate(values)]


def played(rule, curves):
    """Epochs that each trial is trained, one trial after another, for a goal of maximize."""
    done = []
    for number, curve in enumerate(curves):
        for epochs in range(1, EPOCHS + 1):
            trial = Trial(
                number,
                "search",
                "s",
                {"epochs": EPOCHS},
                0,
                reports=reports(curve[:epochs]),
            )
            if rule.may_stop(trial) and rule.stop_reason(
                trial, done, METRIC, "maximize"
            ):
                done.append(replace(trial, state=State.PRUNED))
                break
        else:
            done.append(replace(trial, state=State.COMPLETE))
    return sum(len(trial.reports) for trial in done)


@pytest.mark.parametrize("rule, epochs", CASES)
def test_where_each_trial_is_worse_than_those_before_no_more_is_trained(rule, epochs):
    assert trained(rule, TRIALS, 1, EPOCHS)[1] == epochs
    falling = [
        [-10.0 * number - epoch - 1 for epoch in range(EPOCHS)]
        for number in range(TRIALS)
    ]
    assert played(rule, falling) == epochs


@pytest.mark.parametrize("rule, epochs", CASES)
@given(
    drawn=st.lists(
        st.lists(st.floats(-5, 5), min_size=EPOCHS, max_size=EPOCHS),
        min_size=TRIALS,
        max_size=TRIALS,
    )
)
@settings(max_examples=20)
def test_no_results_undercut_it(rule, epochs, drawn):
    assert played(rule, drawn) >= epochs


def test_every_rule_says_it():
    assert {rule.type for rule, _ in WITHIN.values()} | {"wilcoxon"} == RULES.keys()


@pytest.mark.parametrize(
    "p_threshold, steps, needed",
    [(0.1, 2, 4), (0.2, 2, 3), (0.01, 2, 7), (0.5, 2, 2), (0.1, 6, 6)],
)
def test_between_runs_all_but_the_best_configuration_get_those_that_a_small_p_takes(
    p_threshold, steps, needed
):
    rule = Wilcoxon(p_threshold=p_threshold, n_startup_steps=steps)
    assert trained(rule, configurations=5, runs=10, epochs=3) == (
        10 + 4 * needed,
        (10 + 4 * needed) * 3,
    )
    best = Trial(
        0,
        "search",
        "s",
        {},
        0,
        state=State.COMPLETE,
        reports=reports([1.0 + n / 100 for n in range(10)]),
    )
    worse = [
        Trial(1, "search", "s", {}, 0, reports=reports([float(-n) for n in range(k)]))
        for k in range(1, 10)
    ]
    given_up = [
        len(t.reports) for t in worse if rule.stop_reason(t, [best], METRIC, "maximize")
    ]
    assert min(given_up) == needed


def test_a_configuration_that_is_stopped_in_its_first_run_gets_no_other():
    rule = Median(min_iter=2)  # four whole runs are two configurations of two
    assert trained(rule, configurations=10, runs=2, epochs=9) == (4 + 8, 4 * 9 + 8 * 2)


@pytest.mark.parametrize("rule", [{"min_iter": 9}, {"min_iter": 3, "max_iter": 3}])
def test_a_rule_that_comes_too_late_saves_nothing(rule):
    assert trained(Asha(**rule), 8, 1, EPOCHS) == (8, 72)


def test_no_more_is_trained_whole_than_there_is():
    assert trained(Median(), configurations=3, runs=1, epochs=9) == (3, 27)
