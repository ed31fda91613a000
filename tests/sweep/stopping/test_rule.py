"""What holds of a stopping rule unless it says otherwise."""

import pytest

from sweep.model.domains import Constant, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import Trial
from sweep.stopping import Least, Looks
from sweep.stopping.rule import Rule, beyond_the_epochs, constant_epochs, epochs_left
from tests.sweep.stopping.races import trial

AT = ("early_terminate",)


def epochs(value):
    domain = value if isinstance(value, Uniform) else Constant(value)
    return {"epochs": Parameter("epochs", domain, "fixed")}


def test_it_stops_nothing_may_be_asked_at_any_epoch_and_draws_nothing():
    rule = Rule(type="mine")
    assert rule.stop_reason(trial(0, [0.1]), [], "m", "maximize") is None
    assert rule.leader([trial(0, [0.1])], (0, None), "m", "maximize") is None
    assert (rule.judged(9), rule.least(), rule.looks(9)) == (None, Least(), Looks())
    assert list(rule.faults({}, 1, AT)) == []


@pytest.mark.parametrize(
    "parameters, known",
    [
        (epochs(9), 9),
        (epochs(0), None),
        (epochs("nine"), None),
        (epochs(Uniform(1.0, 9.0)), None),
        ({}, None),
    ],
)
def test_epochs_are_known_where_every_trial_has_the_same(parameters, known):
    assert constant_epochs(parameters) == known


@pytest.mark.parametrize(
    "max_iter, config, left",
    [
        (None, {"epochs": 3}, True),
        (None, {"epochs": 2}, False),
        (1, {}, False),
        (None, {}, True),
    ],
)
def test_epochs_are_left_until_max_iter_or_the_budget(max_iter, config, left):
    two = Trial(0, "search", "s", config, 0, reports=trial(0, [0.5, 0.5]).reports)
    assert epochs_left(two, max_iter) is left


def test_bounds_are_held_against_known_epochs_alone():
    faults = list(beyond_the_epochs(AT, epochs(9), min_iter=12, max_iter=10))
    assert [fault.key[-1] for fault in faults] == ["min_iter", "max_iter", "max_iter"]
    assert list(beyond_the_epochs(AT, {}, min_iter=12, max_iter=10)) == []
