"""The fold: what each event does to the history, and logs that an earlier version wrote."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from sweep import spec
from sweep.errors import LogDamaged
from sweep.history.event_folds import fold_event
from sweep.history.event_records import to_record
from sweep.history.folding import apply, fold, take
from sweep.model.arm import AblationPath, Arm
from sweep.model.events import (
    EVENTS,
    LooksPlanned,
    LookTaken,
    Notice,
    StudyCreated,
    WarmObservation,
)
from sweep.model.reports import Growing
from sweep.model.trial import Report, State
from sweep.model.trial_events import (
    EpochEnded,
    TrialCreated,
    TrialPaused,
    TrialPromoted,
    TrialStarted,
)

GOLDEN = Path(__file__).parent / "golden" / "every_event.jsonl"
CONFIG = {"epochs": 3, "learning_rate": 0.001}


def golden():
    """The records of every kind of event, as the first version wrote them, with today's study in them."""
    path = Path(spec.__file__).parents[2] / "search_spaces" / "focal.yaml"
    canonical = orjson.loads(orjson.dumps(spec.load(path).canonical()))
    records = [orjson.loads(line) for line in GOLDEN.read_bytes().splitlines()]
    return [record | ({"spec": canonical} if "spec" in record else {}) for record in records]


@pytest.mark.parametrize("kind", EVENTS)
def test_every_kind_of_event_has_a_fold(kind):
    assert fold_event.dispatch(EVENTS[kind]) is not fold_event.dispatch(object)


def test_every_kind_of_event_of_the_first_version_is_still_read():
    assert {record["event"] for record in golden()} <= set(EVENTS)


def test_a_log_of_the_first_version_reads_as_it_always_did():
    history = fold(golden())
    assert history.created.path == "/s.yaml"
    assert (history.created_at, history.last_time, history.source) == (1.0, 21.0, "a: 2\n")
    (session,) = history.sessions
    assert (session.started, session.ended_at, session.ended) == (2.0, 21.0, "done")
    assert (session.environment, session.files) == ({"torch": "2.13"}, {"a.py": "0"})
    assert history.arms == (Arm("baseline", CONFIG, "baseline", None, None, {}),)
    assert history.skipped == {"focal": "below"}
    assert history.path == AblationPath(CONFIG, CONFIG, "baseline", (("epochs",),))
    assert history.prior == [WarmObservation(CONFIG, 0.75)]
    assert history.notices == [
        Notice("milestones 0.5: low; check it", 0, rule="milestones 0.5", epoch=1),
        Notice("only 12 MB free", caveat=False),
        Notice("γ"),
    ]


def test_trials_of_the_first_version_read_as_they_always_did():
    history = fold(golden())
    pruned, reused = history.trials.values()
    metrics = {"val/f1": 0.5, "loss": None}
    assert (pruned.state, pruned.reason, pruned.attempts) == (State.PRUNED, "below the median", 1)
    assert list(pruned.reports) == [Report(0, metrics, 1.5), Report(1, metrics, 1.5)]
    assert pruned.overhead == 1.0, "of both attempts"
    assert pruned.given_up == "behind search 1 on the same runs"
    assert history.verdicts == {0: "below the median"}
    assert history.losses == {0: ["worker lost"]}
    assert history.checkpoints == {}, "nothing goes on from trials that have ended"
    running = fold([record for record in golden() if record["event"] != "trial_finished"])
    assert running.checkpoints == {0: {0: "1" * 64}}, "the newer file of the epoch"
    assert (reused.state, reused.reused, reused.attempts) == (State.COMPLETE, True, 0)
    assert reused.attributes == {"reused": {"study": "other", "trial": 3}}
    assert list(reused.reports) == [Report(0, {"val/f1": 0.25, "loss": None}, 2.0)]
    assert [session.number for session in history.sessions_of(1)] == [0]
    assert (history.cohort().ended, history.unfinished()) == ([0, 1], [])


def test_dependencies_are_one_set_and_the_latest_hash_of_each_counts():
    history = fold(golden())
    for number, said in enumerate(
        [
            {"files": {"a.json": "1", "b.json": "2"}, "distributions": {"scipy": "1.11"}},
            {"files": {"a.json": "3", "/c.bin": "7:8"}, "by_looks": 1},
            {"files": {"b.json": ""}, "distributions": {"scipy": "1.12"}},
        ]
    ):
        record = {"seq": 21 + number, "time": 22.0, "event": "dependencies_found", **said}
        apply(history, record)
    assert history.dependencies == {"a.json": "3", "/c.bin": "7:8"}, "one is gone, and accepted"
    assert history.distributions == {"scipy": "1.12"}


def test_a_record_that_does_not_fit_those_before_it_is_refused_with_its_line():
    records = golden()
    with pytest.raises(LogDamaged, match=r"events.jsonl:1: record 'notice': a log begins with"):
        fold([{"seq": 0, "time": 1.0, "event": "notice", "message": "x"}])
    unknown = {"seq": 21, "time": 22.0, "event": "trial_started", "trial": 9, "attempt": 1}
    with pytest.raises(LogDamaged, match=r"events.jsonl:22: .*: 9 is missing or unknown"):
        fold([*records, unknown])
    with pytest.raises(LogDamaged, match=r"events.jsonl:22: .*one study_created, its first record"):
        fold([*records, records[0] | {"seq": 21}])


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
    [((PLANNED, PLANNED), "planned once"), ((LOOK,), "no look at arm 'focal' was planned")],
)
def test_looks_that_do_not_fit_are_refused(told, words):
    with pytest.raises(LogDamaged, match=words):
        fold([*golden(), *records_of(*told)])


@pytest.fixture
def one_trial():
    """A history with one trial that has a worker."""
    return fold(golden()[:8])


def epoch(number, **changes):
    event = EpochEnded(0, number, {"val/f1": 0.5}, 1.0, None)
    return {"seq": 8, "time": 9.0, **to_record(replace(event, **changes))}


def test_a_plain_epoch_and_one_that_is_odd_lead_to_the_same_history(one_trial):
    odd = fold(golden()[:8])
    apply(one_trial, epoch(0))
    apply(odd, epoch(0) | {"seconds": 1})  # an integer: not as this version writes it
    assert isinstance(one_trial.trials[0].reports, Growing)
    assert one_trial == odd


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"metrics": {"val/f1": "high"}}, "its metrics.val/f1 is 'high', not a number"),
        ({"metrics": None}, "its metrics is None, not a mapping"),
        ({"epoch": -1}, "its epoch is -1, not an integer from 0"),
        ({"epoch": True}, "its epoch is True, not an integer"),
        ({"seconds": "1"}, "its seconds is '1', not a number"),
        ({"checkpoint": 7}, "its checkpoint is 7, not text"),
        ({"pruned": 7}, "its pruned is 7, not text"),
    ],
)
def test_an_epoch_that_is_none_is_refused_though_epochs_are_read_fast(one_trial, changes, words):
    with pytest.raises(LogDamaged, match=words):
        take(one_trial, [epoch(0) | changes])


def test_an_epoch_of_a_trial_that_nobody_created_is_refused(one_trial):
    with pytest.raises(LogDamaged, match="9 is missing or unknown"):
        take(one_trial, [epoch(0) | {"trial": 9}])


def test_a_verdict_comes_with_its_epoch(one_trial):
    apply(one_trial, epoch(0, pruned="below the median"))
    assert one_trial.verdicts == {0: "below the median"}
    assert len(one_trial.trials[0].reports) == 1
    assert one_trial.unfinished(), "it has still to be told"


def test_the_first_event_says_what_the_study_was_created_from():
    history = fold(golden()[:1])
    assert isinstance(history.created, StudyCreated)
    assert history.spec.digest == spec.StudySpec.from_canonical(history.created.spec).digest


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
    with pytest.raises(ValueError, match="trial 0 is promoted and was not paused"):
        fold_event(TrialPromoted(0, "among the best"), paused(), 1.0)
