"""What each event of the log does to the history."""

import pytest

from sweep.errors import LogDamaged
from sweep.history.event_folds import fold_event
from sweep.history.event_records import to_record
from sweep.history.folding import apply, fold
from sweep.model.events import (
    EVENTS,
    LooksPlanned,
    LookTaken,
)
from sweep.model.trial import State
from sweep.model.trial_events import (
    EpochEnded,
    TrialCreated,
    TrialPaused,
    TrialPromoted,
    TrialStarted,
)
from tests.sweep.history.first_version import CONFIG, golden


@pytest.mark.parametrize("kind", EVENTS)
def test_every_kind_of_event_has_a_fold(kind):
    assert fold_event.dispatch(EVENTS[kind]) is not fold_event.dispatch(object)


def test_dependencies_are_one_set_and_the_latest_hash_of_each_counts():
    history = fold(golden())
    for number, said in enumerate(
        [
            {
                "files": {"a.json": "1", "b.json": "2"},
                "distributions": {"scipy": "1.11"},
            },
            {"files": {"a.json": "3", "/c.bin": "7:8"}, "by_looks": 1},
            {"files": {"b.json": ""}, "distributions": {"scipy": "1.12"}},
        ]
    ):
        record = {
            "seq": 21 + number,
            "time": 22.0,
            "event": "dependencies_found",
            **said,
        }
        apply(history, record)
    assert history.dependencies == {"a.json": "3", "/c.bin": "7:8"}, (
        "one is gone, and accepted"
    )
    assert history.distributions == {"scipy": "1.12"}


PLANNED = LooksPlanned("val/f1", "maximize", (5, 8), ("focal",), 0.05, "1 %")


LOOK = LookTaken("focal", 5, "helps", "helps", 4, 0.02, 0.01, 0.03, lacking=(2,))


def records_of(*told):
    """Records behind those of the first version's log."""
    behind = enumerate(told, start=len(golden()))
    return [{"seq": seq, "time": 30.0, **to_record(event)} for seq, event in behind]


def test_looks_are_planned_once_and_taken_in_order():
    more = LookTaken("focal", 8, "helps", "helps", 7, 0.02, None, None)
    history = fold([*golden(), *records_of(PLANNED, LOOK, more)])
    assert history.look_plan == PLANNED
    assert history.looks == (LOOK, more)


@pytest.mark.parametrize(
    "told, words",
    [
        ((PLANNED, PLANNED), "planned once"),
        ((LOOK,), "no look at arm 'focal' was planned"),
    ],
)
def test_looks_that_do_not_fit_are_refused(told, words):
    with pytest.raises(LogDamaged, match=words):
        fold([*golden(), *records_of(*told)])


def paused():
    """A history with one trial that has paused at its first epoch."""
    first = golden()[0]
    created = TrialCreated(0, "search", "search 0", CONFIG, 0, None, {})
    ended = EpochEnded(0, 0, {"val/f1": 0.5}, 1.0, None, paused="rung 1: 1 of 1")
    history = fold([first])
    for event in (created, TrialStarted(0, 1), ended):
        fold_event(event, history, 1.0)
    return history


def test_a_trial_pauses_once_its_event_says_so_and_goes_on_when_it_is_promoted():
    history = paused()
    assert history.pauses == {0: "rung 1: 1 of 1"}
    assert history.trials[0].state is State.RUNNING, "killed here, it is still to pause"
    fold_event(TrialPaused(0, "rung 1: 1 of 1"), history, 1.0)
    trial = history.trials[0]
    assert (trial.state, trial.reason) == (State.PAUSED, "rung 1: 1 of 1")
    assert (history.pauses, history.unfinished(), history.paused()) == ({}, [], [trial])
    fold_event(TrialPromoted(0, "among the best"), history, 1.0)
    trial = history.trials[0]
    assert (trial.state, trial.reason) == (State.RUNNING, "")
    assert (history.unfinished(), history.paused()) == ([trial], [])
    assert history.cohort("search").changed == [0, 0]


def test_only_a_paused_trial_can_be_promoted():
    with pytest.raises(ValueError, match="trial 0 is promoted, but it was not paused"):
        fold_event(TrialPromoted(0, "among the best"), paused(), 1.0)
