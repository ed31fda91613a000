"""How a trial leaves its worker: each change is in the log and among the session's workers."""

import pytest

from sweep.history.event_folds import fold_event
from sweep.history.folding import fold
from sweep.model.trial import State
from sweep.model.trial_events import TrialCreated, TrialStarted
from sweep.session.running_trials import RunningTrials
from sweep.session.workers import Workers
from tests.sweep.history.first_version import CONFIG, golden


class Recorded:
    """A recorder without a disk."""

    def __init__(self, history):
        self.history, self.events = history, []

    def record(self, *events):
        for event in events:
            fold_event(event, self.history, 1.0)
            self.events.append(event)


@pytest.fixture
def session():
    """Trial 0 is with a worker: the recorder, the workers, the running trials."""
    history = fold(golden()[:1])
    recorder, workers = Recorded(history), Workers(lambda: 0.0)
    recorder.record(
        TrialCreated(0, "search", "search 0", CONFIG, 0, None, {}), TrialStarted(0, 1)
    )
    workers.assign(0)
    return recorder, workers, RunningTrials(recorder, workers)


def test_a_trial_with_a_worker_is_running_and_another_one_is_not(session):
    _, _, running = session
    assert 0 in running
    assert 1 not in running


LEAVING = {
    "finish": ((State.COMPLETE, "", 1.0), State.COMPLETE),
    "pause": (("rung 1: 1 of 3",), State.PAUSED),
    "interrupt": (("SIGTERM",), State.RUNNING),
    "lose": (("killed", 1.0, 60.0), State.RUNNING),
}


@pytest.mark.parametrize("how", LEAVING)
def test_a_trial_that_stops_running_has_no_worker_and_the_log_records_how(session, how):
    recorder, workers, running = session
    arguments, state = LEAVING[how]
    getattr(running, how)(0, *arguments)
    assert 0 not in running
    assert recorder.history.trials[0].state is state
    assert workers.is_backing_off(0) == (how == "lose")
    assert recorder.history.losses == ({0: ["killed"]} if how == "lose" else {})
