"""Every registered rule: what the protocol promises, and that a rule without a case
here is missed."""

import copy

import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter, ValidationError

from sweep.errors import UnknownName
from sweep.model.domains import Constant
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.stopping import RULES, AnyRule, Asha, NoRule, Patient, rule_class
from tests.sweep.stopping.races import CASES, METRIC, goals, play, races, trial

EPOCHS = {"epochs": Parameter("epochs", Constant(9), "fixed")}
READ = TypeAdapter(AnyRule)


def test_every_registered_rule_is_tried_here():
    assert set(CASES) == set(RULES)


every_rule = pytest.mark.parametrize("name", RULES)


@every_rule
@given(race=races(), goal=goals)
@settings(max_examples=25)
def test_a_rule_answers_the_same_again_and_changes_nothing(name, race, goal):
    drawn, _ = race
    own, *rivals = [
        trial(n, curve, State.COMPLETE if n % 2 else State.RUNNING)
        for n, curve in enumerate(drawn)
    ]
    before = copy.deepcopy((own, rivals))
    first = CASES[name].stop_reason(own, rivals, METRIC, goal)
    assert CASES[name].stop_reason(own, rivals, METRIC, goal) == first
    assert (own, rivals) == before
    assert first is None or METRIC in first, "the reason says what it is about"


@pytest.mark.parametrize(
    "name", [name for name in RULES if name != "threshold"]
)  # whose range a leader may leave
@given(race=races(), goal=goals)
@settings(max_examples=25)
def test_a_trial_that_leads_at_every_epoch_is_never_stopped(name, race, goal):
    drawn, order = race
    lead = 10.0 if goal == "maximize" else -10.0
    drawn = [[lead] * 9, *drawn[1:]]
    assert 0 not in play(CASES[name], goal, drawn, order)


@every_rule
@given(race=races())
@settings(max_examples=25)
def test_maximising_a_metric_is_minimising_its_negative(name, race):
    drawn, order = race
    turned = [[-value for value in curve] for curve in drawn]
    assert play(CASES[name], "maximize", drawn, order) == play(
        CASES[name], "minimize", turned, order
    )


@every_rule
@pytest.mark.parametrize("goal", ["maximize", "minimize"])
@pytest.mark.parametrize("constant", [-3.0, 0.0, 2.0])
def test_equal_trials_all_go_on(name, goal, constant):
    drawn = [[constant] * 9 for _ in range(8)]
    order = [n for _ in range(9) for n in range(8)]
    assert play(CASES[name], goal, drawn, order) == {}


@every_rule
def test_a_rule_with_nobody_to_compare_with_lets_go_on(name):
    assert CASES[name].stop_reason(trial(0, [0.1]), [], METRIC, "maximize") is None


@every_rule
def test_a_rule_is_read_as_it_is_written(name):
    rule = CASES[name]
    assert READ.validate_python(rule.model_dump(mode="json")) == rule
    assert (rule.type, rule_class(name)) == (name, type(rule))


@every_rule
def test_a_figure_draws_epochs_in_order_and_says_what_they_are(name):
    looks = CASES[name].looks(9)
    assert list(looks.epochs) == sorted(set(looks.epochs))
    assert all(1 <= epoch <= 9 for epoch in looks.epochs)
    assert bool(looks.caption) == bool(looks.epochs)
    assert name in looks.caption or not looks.epochs


@every_rule
def test_a_sound_rule_has_no_faults(name):
    assert list(CASES[name].faults(EPOCHS, 9, ("early_terminate",))) == []


@every_rule
@given(race=races(), goal=goals)
@settings(max_examples=15)
def test_a_rule_stops_no_trial_at_an_epoch_that_it_does_not_judge(name, race, goal):
    drawn, order = race
    judged = CASES[name].judged(9)
    stopped = play(CASES[name], goal, drawn, order)
    if CASES[name].between_runs:
        assert judged == []
    elif judged is not None:
        assert set(stopped.values()) <= set(judged)


def test_none_takes_the_keys_of_every_rule_and_forgets_them():
    keys = {key for rule in RULES.values() for key in rule.model_fields}
    given_ = {"percentile": 50, "patience": 1, "eta": 2, "rule": {"type": "asha"}}
    assert given_.keys() < keys
    assert READ.validate_python({"type": "none", **given_}) == NoRule()


def test_a_wrong_value_beside_none_is_still_wrong():
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        READ.validate_python({"type": "none", "eta": 1})


def test_patient_may_hold_any_rule_of_the_registry():
    read = READ.validate_python(
        {"type": "patient", "patience": 1, "rule": {"type": "asha"}}
    )
    assert read == Patient(patience=1, rule=Asha())


def test_an_unknown_rule_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match=r"'medain'; did you mean 'median'\?"):
        rule_class("medain")
