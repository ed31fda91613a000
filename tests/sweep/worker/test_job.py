"""What a worker is given for all trials, and what every kind of attempt offers it."""

import inspect

import pytest

from sweep.worker.attempt import Attempt
from sweep.worker.job import Job, Message, RunningTrial
from sweep.worker.trial_process import TrialProcess


@pytest.mark.parametrize("attempt", [Attempt, TrialProcess])
@pytest.mark.parametrize("name", ["next", "next_messages", "stop"])
def test_an_attempt_is_driven_alike_wherever_it_runs(attempt, name):
    asked = inspect.signature(getattr(RunningTrial, name)).parameters
    assert list(inspect.signature(getattr(attempt, name)).parameters) == list(asked)


def test_unless_the_study_says_otherwise_each_trial_has_a_process_of_its_own():
    job = Job("study", "own.py:train", "/project", "m", "maximize")
    assert (job.isolation, job.command, job.storage) == ("process", None, None)


def test_a_message_says_nothing_that_it_was_not_given():
    message = Message("end")
    assert (message.report, message.failure, message.notices) == (None, "", ())
