"""Which kind of attempt a worker starts: a process of its own, or a thread of this one."""

import pytest

from sweep import command
from sweep.model.trial import Assignment
from sweep.worker.attempt import Attempt
from sweep.worker.job import Job
from sweep.worker.trial_process import TrialProcess
from sweep.worker.trial_starter import TrialStarter

TRAINER = "def train(config, run): run.report(0, {'m': 0.5})\n"


@pytest.fixture
def begun(tmp_path):
    """`begun(here=…, isolation=…)`: the kind of attempt, and what it said: an epoch, its end."""
    (tmp_path / "own.py").write_text(TRAINER)

    def begin(*, here=False, **more):
        job = Job("study", "own.py:train", str(tmp_path), "m", "maximize", **more)
        folder = str(tmp_path / "results" / "trials" / "trial")
        given = Assignment(0, "label", {}, 5, None, None, 1, folder, None, {})
        starter = TrialStarter(command.load, job, here=here)
        try:
            attempt = starter.begin(given)
            said = [attempt.next(), attempt.next()]
            attempt.stop()
        finally:
            starter.close()
        return type(attempt), said

    return begin


def test_a_trial_has_a_process_of_its_own(begun):
    kind, (_, end) = begun()
    assert (kind, end.kind) == (TrialProcess, "end")


def test_where_the_study_asks_for_it_trials_share_this_process_and_are_watched(begun):
    kind, (epoch, end) = begun(isolation="shared")
    assert (kind, end.kind) == (Attempt, "end")
    assert "own.py" in epoch.depends.files


def test_a_debugger_finds_the_trainer_in_this_process(begun):
    kind, (_, end) = begun(here=True)
    assert (kind, end.kind) == (Attempt, "end")
