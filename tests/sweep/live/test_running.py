"""The trials at work: how far each is, and how long it will take."""

from sweep.live.running import running_trials
from sweep.model.trial import State
from tests.sweep.live.fakes import history, trial


def test_a_row_says_how_many_epochs_of_how_many_are_over():
    (row,) = running_trials(history(trial(values=[0.1, 0.2, 0.3], epochs=10)))
    assert (row.epochs_done, row.epochs, row.last) == (3, 10, 0.3)


def test_a_trainer_that_counts_from_one_has_as_many_epochs_done_as_it_says():
    (row,) = running_trials(history(trial(values=[0.1, 0.2, 0.3], first=1)))
    assert row.epochs_done == 3


def test_the_time_left_follows_the_pace_of_its_own_epochs():
    (row,) = running_trials(history(trial(values=[0.1, 0.2], epochs=10, seconds=3.0)))
    assert row.seconds_left == 8 * 3.0


def test_before_the_first_epoch_and_without_a_budget_no_time_is_given():
    rows = running_trials(history(trial(0), trial(1, epochs=None, values=[0.5])))
    assert [row.seconds_left for row in rows] == [None, None]


def test_trials_that_have_ended_or_wait_for_a_worker_are_not_at_work():
    ended = trial(0, values=[0.1], state=State.COMPLETE)
    waiting = trial(1, attempts=0)
    assert running_trials(history(ended, waiting)) == []


def test_a_value_that_was_not_finite_is_left_out_of_the_curve():
    (row,) = running_trials(history(trial(values=[0.1, None, 0.3])))
    assert row.values == (0.1, 0.3)
