"""What a worker is given for all trials, and what every kind of attempt offers it."""

import inspect

import pytest

from sweep.worker.attempt import Attempt
from sweep.worker.job import Job, Message, RunningTrial
from sweep.worker.trial_process import TrialProcess


@pytest.mark.parametrize("attempt", [Attempt, TrialProcess])
@pytest.mark.parametrize("name", ["next", "next_messages", "stop"])
def test_every_kind_of_attempt_has_the_same_signatures(attempt, name):
    asked = inspect.signature(getattr(RunningTrial, name)).parameters
    assert list(inspect.signature(getattr(attempt, name)).parameters) == list(asked)


def test_each_trial_has_a_process_of_its_own_by_default():
    job = Job("study", "own.py:train", "/project", "m", "maximize")
    assert (job.isolation, job.command, job.storage) == ("process", None, None)


def test_the_fields_of_a_message_are_empty_by_default():
    message = Message("end")
    assert (message.report, message.failure, message.notices) == (None, "", ())
