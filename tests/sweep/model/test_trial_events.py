"""What can happen to a trial: each event says of which, and none decides more than it says."""

from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

from sweep.model import trial_events
from sweep.model.trial_events import EpochEnded, TrialInterrupted

EVENTS = [
    each
    for each in vars(trial_events).values()
    if is_dataclass(each) and "kind" in vars(each)
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_each_names_its_trial_first(event):
    assert fields(event)[0].name == "trial"


def test_a_worker_that_died_is_told_from_one_that_was_stopped():
    assert not TrialInterrupted(0, "interrupted by SIGINT", 0.0).lost


def test_after_an_epoch_a_trial_goes_on_unless_the_event_says_otherwise():
    epoch = EpochEnded(0, 3, {"m": 0.5}, 1.0, None)
    assert (epoch.pruned, epoch.paused) == (None, None)


def test_what_happened_cannot_be_changed():
    epoch = EpochEnded(0, 3, {"m": 0.5}, 1.0, None)
    with pytest.raises(FrozenInstanceError):
        epoch.epoch = 4
