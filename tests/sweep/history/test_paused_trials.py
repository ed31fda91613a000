"""What a history is once trials pause, fail as members of a population, and go on."""

import pytest

from sweep.history.event_folds import fold_event
from sweep.history.opening import read
from sweep.model.lineage import failure_of, lineage
from sweep.model.population_events import (
    MemberCopied,
    MemberFailed,
    PopulationDecided,
)
from sweep.model.trial import State
from sweep.model.trial_events import EpochEnded, TrialCreated, TrialPaused
from tests.sweep.session.searches import populated


@pytest.fixture
def history(bench):
    """Two members of which the first has trained two epochs."""
    there = read(bench(populated()).create().folder)
    for number in (0, 1):
        fold(there, TrialCreated(number, "search", "s", CONFIG, 0, None, {}))
    for epoch in (1, 2):
        fold(there, EpochEnded(0, epoch, {"val/f1": 0.5}, 1.0, "aa"))
    fold(there, TrialPaused(0, "waits"))
    return there


CONFIG = {"epochs": 8, "x": 0.5, "depth": 1}


def fold(history, *events):
    for event in events:
        fold_event(event, history, 0.0)


def test_a_failed_member_is_paused_with_its_reason_and_its_time(history):
    history.verdicts[1] = "health"
    fold(history, MemberFailed(1, "broke", 2.5))
    trial = history.trials[1]
    assert (trial.state, trial.overhead) == (State.PAUSED, 2.5)
    assert failure_of(trial) == "broke"
    assert history.failures[1] == ["broke"]
    assert history.verdicts == {}
    assert list(history.cohort("search").paused) == [0, 1]


def test_only_a_member_that_trains_can_fail(history):
    with pytest.raises(ValueError, match="did not train"):
        fold(history, MemberFailed(0, "broke"))


def test_a_replaced_member_goes_on_and_counts_epochs_as_its_source(history):
    fold(history, MemberFailed(1, "broke"))
    copy = MemberCopied(1, 0, 2, "aa", {"x": 0.4}, 1, "broke")
    fold(history, PopulationDecided(2, (0, 1), (copy,), ""))
    trial = history.trials[1]
    assert trial.state is State.RUNNING
    assert failure_of(trial) is None
    assert lineage(trial).root == 0
    assert trial.first_epoch == 1
    assert history.checkpoints[1] == {2: "aa"}


def test_a_member_goes_on_only_from_a_pause(history):
    with pytest.raises(ValueError, match="was not paused"):
        fold(history, PopulationDecided(2, (0, 1), (), ""))
