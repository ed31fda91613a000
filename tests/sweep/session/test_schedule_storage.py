"""The log names one state of a trial's files: that of the latest attempt that has started."""

import pytest

from sweep.history.folding import fold
from sweep.log.reader import replay
from sweep.model.trial import EpochReport

FIRST, SECOND = "1" * 64, "2" * 64


@pytest.fixture
def stored(bench):
    """`stored(act)`: what the log names of trial 0 after `act(schedule)`."""

    def run(act):
        study = bench().create()

        def before(schedule):
            schedule.next()
            schedule.started(0)
            act(schedule)
            schedule.request_stop("enough")

        study.session(before=before)
        return fold(replay(study.log).events)

    return run


def test_files_are_named_when_they_are_reported(stored):
    def act(schedule):
        assert schedule.stored(0, 1, None)
        assert schedule.history.stored == {}
        assert schedule.stored(0, 1, FIRST)
        assert schedule.stored(0, 1, SECOND)

    assert stored(act).stored == {0: SECOND}


def test_an_attempt_after_which_another_one_was_assigned_names_nothing_more(stored):
    def act(schedule):
        assert schedule.stored(0, 1, FIRST)
        schedule.reported(0, EpochReport(0, {"val/f1": 0.5}, 1.0, "0" * 64))
        schedule.abandon()
        assert schedule.stored(0, 1, SECOND), "at its end, before another one"
        second = schedule.next()
        assert (second.trial, second.attempt, second.stored) == (0, 2, SECOND)
        assert not schedule.stored(0, 1, FIRST), "the second one fetches what was named"
        schedule.started(0)
        assert not schedule.stored(0, 1, FIRST)

    assert stored(act).stored == {0: SECOND}


def test_the_same_state_is_recorded_once(stored):
    def act(schedule):
        events = []
        record = schedule.record
        schedule.record = lambda *given: (events.extend(given), record(*given))
        schedule.stored(0, 1, FIRST)
        schedule.stored(0, 1, FIRST)
        assert len(events) == 1

    stored(act)
