"""The time left is the work left by the trials that run at a time, or not said."""

import pytest

from sweep.live.time_left import seconds_left
from sweep.model.trial import State
from tests.sweep.live.fakes import history, trial


def test_nothing_is_said_before_an_epoch_is_over():
    assert seconds_left(history(trial()), {"search": 4}, at_once=2) is None


def test_from_the_first_epoch_on_the_pace_of_running_trials_is_used():
    study = history(trial(values=[0.1], epochs=5, seconds=2.0))
    whole, rest = 5 * 2.0, 4 * 2.0
    assert seconds_left(study, {"search": 3}, at_once=2) == pytest.approx(
        (2 * whole + rest) / 2
    )


def test_the_duration_of_a_trial_is_estimated_from_ended_ones_also_pruned_ones():
    complete = trial(0, values=[0.1] * 5, state=State.COMPLETE, seconds=2.0)
    pruned = trial(1, values=[0.1], state=State.PRUNED, seconds=2.0)
    left = seconds_left(history(complete, pruned), {"search": 12}, at_once=1)
    assert left == pytest.approx(10 * (10.0 + 2.0) / 2)


def test_a_stage_without_trials_is_expected_to_take_what_the_others_took():
    done = trial(0, values=[0.1, 0.2], state=State.COMPLETE, seconds=2.0)
    assert seconds_left(history(done), {"search": 1, "ablation": 3}, at_once=1) == 12.0


def test_a_study_that_is_done_has_no_time_left():
    done = trial(0, values=[0.1], state=State.COMPLETE)
    assert seconds_left(history(done), {"search": 1}, at_once=1) == 0.0
