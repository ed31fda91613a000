"""The worker's side: an actor asks what to train, and trains one assignment after
another. No Ray is started."""

from types import SimpleNamespace

import pytest

from sweep.engine import trainable
from sweep.engine.assigning import holder
from sweep.engine.trainable import ASKS, MESSAGES, bound
from sweep.model.trial import EpochReport
from sweep.worker.job import Job, Message

JOB = Job("study", "own.py:train", "/project", "m", "maximize")
EPOCH = Message("epoch", EpochReport(0, {"m": 0.5}, 1.0, None))


class Script:
    """A worker's context: attempts that say one epoch and then end."""

    def __init__(self):
        self.begun = []

    def settle(self, job):
        return job

    def begin(self, starter, job, assignment):
        attempt = SimpleNamespace(said=[[EPOCH], [Message("end")]], stopped=False)
        attempt.next_messages = lambda seconds: attempt.said.pop(0)
        attempt.stop = lambda: self._stop(attempt)
        self.begun.append((assignment.trial, attempt))
        return attempt

    def _stop(self, attempt):
        attempt.stopped = True
        return Message("end", stored="1" * 64)


@pytest.fixture
def starter(monkeypatch):
    """What starts attempts, replaced: it notes what it is told."""
    told = []
    made = SimpleNamespace(
        prepare=lambda: told.append("prepare"), close=lambda: told.append("close")
    )
    monkeypatch.setattr(trainable, "TrialStarter", lambda load, job: made)
    return told


@pytest.fixture
def actor(starter):
    """A worker as Ray makes one, without the Ray around it."""
    made = object.__new__(bound(Script(), JOB))
    made.setup({})
    return made


def test_a_new_actor_prepares_and_asks_before_it_trains(actor, starter):
    assert starter == ["prepare"]
    assert actor.step() == {ASKS: True, MESSAGES: [], "done": False}
    assert actor.context.begun == []


def test_it_trains_what_it_heard_to_the_end(actor, ray_trial, monkeypatch):
    monkeypatch.setattr(type(actor), "trial_id", "ray7", raising=False)
    monkeypatch.setattr(
        trainable, "hear", {"ray7": holder(ray_trial(7)).assignment}.__getitem__
    )
    actor.step()
    assert actor.step() == {MESSAGES: [EPOCH], "done": False}
    assert actor.step()["done"] is True
    assert [number for number, _ in actor.context.begun] == [7]


def test_a_warm_actor_ends_one_attempt_and_takes_the_next_without_asking(
    actor, ray_trial
):
    for number in (3, 4):
        assert actor.reset_config(ray_trial(number).config) is True
        assert actor.step()[MESSAGES] == [EPOCH]
    (first, ended), (second, running) = actor.context.begun
    assert (first, ended.stopped, second, running.stopped) == (3, True, 4, False)


def test_an_actor_that_ends_leaves_nothing_running(actor, ray_trial, starter):
    actor.reset_config(ray_trial(3).config)
    actor.step()
    actor.cleanup()
    assert actor.context.begun[0][1].stopped
    assert starter[-1] == "close"


def test_context_and_job_are_part_of_the_class_that_ray_is_given():
    context = Script()
    kind = bound(context, JOB)
    assert (kind.__name__, kind.context, kind.job) == ("Worker", context, JOB)
    assert bound(Script(), JOB).context is not context


def test_an_attempt_that_is_ended_says_what_it_has_stored(actor, ray_trial):
    actor.reset_config(ray_trial(3).config)
    actor.step()
    assert actor.end_attempt() == "1" * 64
    assert actor.end_attempt() is None, "there is none any more"
