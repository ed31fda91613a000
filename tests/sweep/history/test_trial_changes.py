"""What changes of a trial in a history, whichever event says so."""

from dataclasses import replace

import pytest

from sweep.history.event_folds import fold_event
from sweep.history.folding import fold
from sweep.history.trial_changes import end, keep_hash, ran_now, take_epoch, update
from sweep.model.events import SessionStarted
from sweep.model.reports import GrowingReports
from sweep.model.trial import Report, State
from sweep.model.trial_events import TrialCreated
from tests.sweep.history.first_version import CONFIG, golden


@pytest.fixture
def history():
    """A history with two open trials of the search."""
    made = fold(golden()[:1])
    for number in range(2):
        created = TrialCreated(
            number, "search", f"search {number}", CONFIG, 0, None, {}
        )
        fold_event(created, made, 1.0)
    return made


def test_a_changed_trial_takes_the_place_of_the_one_before(history):
    before = history.trials[0]
    changed = update(history, 0, attempts=2, reason="worker lost")
    assert changed is history.trials[0]
    assert changed == replace(before, attempts=2, reason="worker lost")
    assert before.attempts == 0


def test_an_unknown_field_is_refused(history):
    with pytest.raises(ValueError, match="mood"):
        update(history, 0, mood="good")


@pytest.mark.parametrize("reports", [GrowingReports(), [Report(0, {"m": 0.25}, 1.0)]])
def test_an_epoch_is_added_to_the_reports(history, reports):
    update(history, 0, reports=reports)
    before = len(history.trials[0].reports)
    take_epoch(history, 0, 5, {"m": 0.5}, 2.0, "1" * 64)
    assert len(history.trials[0].reports) == before + 1
    assert history.trials[0].reports[-1] == Report(5, {"m": 0.5}, 2.0)
    assert history.checkpoints == {0: {5: "1" * 64}}


def test_an_epoch_without_a_checkpoint_leaves_no_hash(history):
    take_epoch(history, 0, 0, {"m": 0.5}, 2.0, None)
    assert history.checkpoints == {}


def test_a_trial_that_has_ended_leaves_the_open_ones_in_each_of_its_cohorts(history):
    keep_hash(history, 0, 3, "1" * 64)
    end(history, 0, state=State.COMPLETE)
    for among in [(), ("search",), ("search", None), ("search", None, 0, None)]:
        cohort = history.cohorts[among]
        assert (list(cohort.open), cohort.ended, cohort.changed) == ([1], [0], [0])
    assert history.checkpoints == {}, "nothing goes on from it"


def test_a_trial_knows_each_session_that_ran_it_once(history):
    for pid in (1, 2):
        fold_event(SessionStarted(pid, "here", "sweep run", {}), history, 1.0)
        ran_now(history, 0)
        ran_now(history, 0)
    assert [session.pid for session in history.sessions_of(0)] == [1, 2]
    assert history.sessions_of(1) == []
