"""The worker's side: an actor asks what to train, and trains one assignment after
another. No Ray is started."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from sweep.engine import actor as actor_module
from sweep.engine.actor import ASKS, MESSAGES, TRIAL_ID, Actor, bound
from sweep.engine.assigning import holder
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
    monkeypatch.setattr(actor_module, "TrialStarter", lambda load, job: made)
    return told


@pytest.fixture
def actor(starter):
    """A worker as Ray makes one, without the Ray around it."""
    return bound(Actor, Script(), JOB)({TRIAL_ID: "ray7"})


def test_a_new_actor_prepares_and_asks_before_it_trains(actor, starter):
    assert starter == ["prepare"]
    assert actor.step() == {ASKS: True, MESSAGES: [], "done": False}
    assert actor.context.begun == []


def test_it_trains_what_it_heard_to_the_end(actor, ray_trial, monkeypatch):
    monkeypatch.setattr(
        actor_module, "hear", {"ray7": holder(ray_trial(7)).assignment}.__getitem__
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
    kind = bound(Actor, context, JOB)
    assert (kind.__name__, kind.context, kind.job) == ("Actor", context, JOB)
    assert bound(Actor, Script(), JOB).context is not context


def test_an_attempt_that_is_ended_says_what_it_has_stored(actor, ray_trial):
    actor.reset_config(ray_trial(3).config)
    actor.step()
    assert actor.end_attempt() == "1" * 64
    assert actor.end_attempt() is None, "there is none any more"


def test_ray_tune_gets_results_with_what_it_needs(actor, ray_trial):
    actor.reset({**ray_trial(3).config, TRIAL_ID: "ray3"}, storage="")
    first, second = actor.train(), actor.train()
    assert first[MESSAGES] == [EPOCH]
    assert (first["done"], second["done"]) == (False, True)
    assert (first["training_iteration"], second["training_iteration"]) == (1, 2)
    assert first["time_this_iter_s"] >= 0
    where = actor.get_auto_filled_metrics(debug_metrics_only=True)
    assert where.items() <= first.items()
    assert (where["trial_id"], where["pid"]) == ("ray3", os.getpid())


def test_a_reset_counts_the_results_anew(actor, ray_trial):
    for number in (3, 4):
        assert actor.reset({**ray_trial(number).config, TRIAL_ID: str(number)})
        assert actor.train()["training_iteration"] == 1


def test_an_actor_that_ray_tune_stops_ends_its_processes(actor, starter):
    actor.stop()
    assert starter[-1] == "close"


def test_a_worker_does_not_import_ray_tune_or_the_study_files_language():
    code = (
        "import sys, sweep.engine.actor; "
        "print([m for m in ('ray.tune', 'pandas', 'scipy', 'sweep.spec') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["[]"], done.stderr
