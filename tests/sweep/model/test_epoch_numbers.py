"""What a trainer calls its first epoch, and how many epochs are over at a report."""

import pytest

from sweep.model.epoch_numbers import budget_of
from sweep.model.reports import GrowingReports, packed
from sweep.model.trial import Report, State, Trial


def trial(epochs, budget=None, state=State.RUNNING):
    config = {} if budget is None else {"epochs": budget}
    reports = [Report(epoch, {"m": 0.5}, 1.0) for epoch in epochs]
    return Trial(0, "search", "s", config, 0, state=state, reports=reports)


def done(given):
    return [given.epochs_done(report.epoch) for report in given.reports]


@pytest.mark.parametrize("budget", [None, 6, 60])
@pytest.mark.parametrize("every", [1, 2, 3, 5])
@pytest.mark.parametrize("first", [0, 1])
def test_a_trainer_that_reports_every_kth_epoch_counts_from_zero_or_from_one(
    first, every, budget
):
    trained = [every, 2 * every, 3 * every]
    assert done(trial([epoch - 1 + first for epoch in trained], budget)) == trained


@pytest.mark.parametrize(
    "epochs, budget, trained",
    [
        ([0], 8, [1]),
        (
            [1],
            8,
            [1],
        ),  # it may as well be the second of one that counts from 0: the next one says
        ([1, 2], 8, [1, 2]),
        ([4], 20, [5]),
        ([5], 20, [5]),
        ([5], None, [5]),  # every fifth epoch is likelier than every sixth
        ([4], None, [5]),
        ([3], 9, [3]),
        ([100], None, [100]),  # steps
        ([0, 2, 4], 5, [1, 3, 5]),
        ([1, 3, 5], 5, [1, 3, 5]),  # from 0 there is no epoch 5 of 5
        ([1, 3, 5], 6, [2, 4, 6]),
        ([3, 4, 5], 9, [4, 5, 6]),  # validated from the fourth epoch on
        ([3, 4, 9], 9, [3, 4, 9]),
        ([100, 200, 300], None, [100, 200, 300]),  # steps
    ],
)
def test_other_numbers(epochs, budget, trained):
    assert done(trial(epochs, budget)) == trained


def test_a_trial_without_reports_has_trained_nothing():
    assert trial([]).first_epoch == 0
    assert trial([]).epochs_trained == 0


def test_the_form_in_which_reports_are_kept_changes_nothing():
    given = trial([1, 2, 3])
    growing = GrowingReports()
    for report in given.reports:
        growing.add(report.epoch, report.metrics, report.seconds)
    for reports in (growing, packed(given.reports)):
        assert done(Trial(0, "search", "s", {}, 0, reports=reports)) == [1, 2, 3]


@pytest.mark.parametrize(
    "epochs, budget, state, trained",
    [
        ([0, 1, 2], 3, State.COMPLETE, 3),
        ([1, 2, 3], 3, State.COMPLETE, 3),
        (
            [4, 9, 14],
            18,
            State.COMPLETE,
            18,
        ),  # the next report would have been beyond the end
        ([4, 9, 14], 18, State.PRUNED, 15),
        ([5, 10, 15], 18, State.COMPLETE, 18),
        ([4, 9], 20, State.COMPLETE, 10),  # its own rule stopped it
    ],
)
def test_epochs_that_were_trained_whether_or_not_each_was_reported(
    epochs, budget, state, trained
):
    assert trial(epochs, budget, state).epochs_trained == trained


@pytest.mark.parametrize(
    "epochs, budget",
    [(5, 5), (5.0, 5), (5.5, None), (True, None), ("5", None), (1e400, None)],
)
def test_a_budget_is_a_whole_number(epochs, budget):
    assert budget_of({"epochs": epochs}) == budget
    assert budget_of({}) is None
