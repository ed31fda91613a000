"""`milestones`: when each is due, and when it is missed."""

import pytest

from sweep.model.domains import Constant
from sweep.model.parameters import Parameter
from sweep.model.trial import Report, Trial
from sweep.stopping.milestones import Milestones, due
from tests.sweep.stopping.unhealthy import found


@pytest.mark.parametrize(
    "moment, epochs, after",
    [
        ("0.04", 250, 10),
        ("0.2", 12, 3),
        ("0.6", 5, 3),
        ("0.01", 12, 1),
        ("1.0", 12, 12),
        ("10", 250, 10),
        ("1", 5, 1),
    ],
)
def test_a_milestone_is_due_after_a_share_of_the_epochs_rounded_up_or_a_number_of_them(
    moment, epochs, after
):
    assert due(moment, epochs) == after


def test_a_share_of_unknown_epochs_is_never_due():
    assert due("0.5", None) is None
    assert due("7", None) == 7


@pytest.mark.parametrize("moment", ["0", "-1", "0.0", "1.5", "nan", "soon"])
def test_what_is_no_moment_is_refused(moment):
    with pytest.raises(ValueError, match=r"."):
        due(moment, 10)


def test_a_missed_milestone_is_found_when_it_is_due_and_a_reached_one_never():
    rules = {"milestones": {"metric": "val/f", "at": {"0.2": 0.3, "0.5": 0.6}}}
    assert found(rules, val_f=[0.1]) == []
    (early,) = found(rules, val_f=[0.1, 0.2, 0.5, 0.6, 0.7])
    assert (early.rule, early.epoch) == ("milestones 0.2", 1)
    assert "best val/f 0.2 after 2 epochs, expected 0.3" in str(early)
    (late,) = found(rules, val_f=[0.4, 0.1, 0.1, 0.1, 0.1])
    assert (late.rule, late.epoch) == ("milestones 0.5", 4)


def test_a_milestone_looks_at_the_best_value_so_far_not_behind_it():
    rules = {"milestones": {"metric": "val/f", "at": {"3": 0.6}}}
    assert found(rules, val_f=[0.7, 0.1, 0.1]) == []
    (missed,) = found(rules, val_f=[0.1, 0.1, 0.1, 0.9])
    assert missed.epoch == 2


def test_where_less_is_better_a_milestone_is_an_upper_bound():
    rules = {"milestones": {"metric": "val/loss", "goal": "minimize", "at": {"2": 0.5}}}
    assert found(rules, val_loss=[1.0, 0.4]) == []
    assert [f.epoch for f in found(rules, val_loss=[1.0, 0.9])] == [1]


def test_a_metric_that_never_came_misses_its_milestone():
    (missed,) = found(
        {"milestones": {"metric": "val/g", "at": {"2": 0.5}}}, val_f=[0.1, 0.2]
    )
    assert "no val/g in 2 epochs" in missed.problem


@pytest.mark.parametrize(
    "moment, problem",
    [
        ("soon", "'soon' is neither an epoch nor a fraction of the epochs"),
        ("1.5", "'1.5' is neither an epoch nor a fraction of the epochs"),
        ("11", "11 is more than the 10 epochs of a trial"),
    ],
)
def test_a_milestone_that_no_trial_reaches_is_a_fault_at_its_key(moment, problem):
    epochs = {"epochs": Parameter("epochs", Constant(10), "fixed")}
    rule = Milestones(metric="val/f", at={moment: 0.5, "0.5": 0.4})
    (fault,) = rule.faults(epochs, ("health", "milestones"))
    assert fault.key == ("health", "milestones", "at", moment)
    assert fault.problem == problem


def test_a_share_of_epochs_that_no_parameter_states_is_a_fault():
    (fault,) = Milestones(metric="val/f", at={"0.5": 0.4}).faults(
        {}, ("health", "milestones")
    )
    assert (
        fault.problem
        == "0.5 is a fraction of the epochs, but the study has no parameter epochs"
    )


@pytest.mark.parametrize("first", [0, 1])
def test_it_counts_the_epochs_up_to_a_milestone_whatever_the_first_one_is_called(first):
    values = [0.1, 0.1, 0.5, 0.1]
    reports = [
        Report(first + n, {"val/f1": value}, 1.0) for n, value in enumerate(values)
    ]
    trial = Trial(0, "search", "s", {"epochs": 4}, 0, reports=reports)
    (missed,) = Milestones(metric="val/f1", at={"0.5": 0.4}).findings(trial, "maximize")
    assert missed.problem == "best val/f1 0.1 after 2 epochs, expected 0.4"
    assert missed.epoch == first + 1
    assert (
        list(Milestones(metric="val/f1", at={"3": 0.4}).findings(trial, "maximize"))
        == []
    )
