"""Trials: what they say of their own reports, and when two configurations are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model.trial import EXPLORES, Report, State, Trial, configuration_key


def trial(*values, **fields):
    reports = [Report(epoch, {"m": value}, 2.0) for epoch, value in enumerate(values)]
    return Trial(0, "search", "s", {}, 0, reports=reports, **fields)


def test_only_running_trials_will_run_again():
    assert {state for state in State if not state.finished} == {
        State.RUNNING,
        State.PAUSED,
    }


def test_a_curve_leaves_out_what_was_not_finite_or_not_reported():
    assert trial(0.1, None, 0.3).curve("m") == {0: 0.1, 2: 0.3}
    assert trial(0.1).curve("n") == {}


@pytest.mark.parametrize("goal, epoch", [("maximize", 1), ("minimize", 0)])
def test_the_best_report_is_the_earliest_of_equals(goal, epoch):
    assert trial(0.1, 0.9, 0.9, 0.1, None).best("m", goal).epoch == epoch


def test_without_a_finite_value_there_is_no_best():
    assert trial(None, None).best("m", "maximize") is None
    assert trial().best("m", "maximize") is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_best_is_the_extreme_of_the_curve_for_any_sign(values):
    t = trial(*values)
    assert t.best("m", "maximize").metrics["m"] == max(values)
    assert t.best("m", "minimize").metrics["m"] == min(values)


def test_the_cost_of_a_trial_is_its_epochs_and_what_lies_around_them():
    assert trial(0.1, 0.2, overhead=1.5).seconds == 5.5


configs = st.dictionaries(
    st.text(max_size=3),
    st.one_of(st.integers(-9, 9), st.booleans(), st.text(max_size=3), st.none()),
)


@pytest.mark.parametrize("memory", [None, 3, "explores", [], {}, {EXPLORES: False}])
def test_a_trial_explores_only_if_its_sampler_said_so(memory):
    assert trial(attributes={"memory": {EXPLORES: True}}).explores
    assert not trial(attributes={"memory": memory}).explores
    assert not trial().explores


@given(configs, st.randoms())
def test_the_order_of_a_configuration_does_not_matter(config, generator):
    items = list(config.items())
    generator.shuffle(items)
    assert configuration_key(dict(items)) == configuration_key(config)


@given(configs, configs)
def test_configurations_have_one_name_exactly_when_a_trainer_sees_the_same(a, b):
    def seen(config):
        return {key: (type(value) is bool, value) for key, value in config.items()}

    assert (configuration_key(a) == configuration_key(b)) == (seen(a) == seen(b))


def test_1_and_1_point_0_are_the_same_number_and_true_is_none():
    assert configuration_key({"a": 1}) == configuration_key({"a": 1.0})
    assert configuration_key({"a": 1}) != configuration_key({"a": True})
    assert len(configuration_key({"a": 1})) == 16
