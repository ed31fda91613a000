"""The fold: what each event does to the history, and logs that an earlier version wrote."""

from dataclasses import replace

import pytest

from sweep import __version__, spec
from sweep.errors import LogDamaged, LogOfAnotherVersion
from sweep.history.event_records import to_record
from sweep.history.folding import apply, fold, take
from sweep.model.arm import AblationPath, Arm
from sweep.model.events import (
    EVENTS,
    Notice,
    StudyCreated,
    WarmObservation,
)
from sweep.model.reports import GrowingReports
from sweep.model.trial import Report, State
from sweep.model.trial_events import (
    EpochEnded,
)
from tests.sweep.history.first_version import CONFIG, golden


def test_every_kind_of_event_of_the_first_version_is_still_read():
    assert {record["event"] for record in golden()} <= set(EVENTS)


def test_a_log_of_the_first_version_reads_as_it_always_did():
    history = fold(golden())
    assert history.created.path == "/s.yaml"
    assert (history.created_at, history.last_time, history.source) == (
        1.0,
        21.0,
        "a: 2\n",
    )
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
    assert (pruned.state, pruned.reason, pruned.attempts) == (
        State.PRUNED,
        "below the median",
        1,
    )
    assert list(pruned.reports) == [Report(0, metrics, 1.5), Report(1, metrics, 1.5)]
    assert pruned.overhead == 1.0, "of both attempts"
    assert pruned.given_up == "behind search 1 on the same runs"
    assert history.verdicts == {0: "below the median"}
    assert history.losses == {0: ["worker lost"]}
    assert history.checkpoints == {}, "nothing goes on from trials that have ended"
    running = fold(
        [record for record in golden() if record["event"] != "trial_finished"]
    )
    assert running.checkpoints == {0: {0: "1" * 64}}, "the newer file of the epoch"
    assert (reused.state, reused.reused, reused.attempts) == (State.COMPLETE, True, 0)
    assert reused.attributes == {"reused": {"study": "other", "trial": 3}}
    assert list(reused.reports) == [Report(0, {"val/f1": 0.25, "loss": None}, 2.0)]
    assert [session.number for session in history.sessions_of(1)] == [0]
    assert (history.cohort().ended, history.unfinished()) == ([0, 1], [])


def test_a_record_that_does_not_fit_those_before_it_is_refused_with_its_line():
    records = golden()
    with pytest.raises(
        LogDamaged, match=r"events.jsonl:1: record 'notice': a log begins with"
    ):
        fold([{"seq": 0, "time": 1.0, "event": "notice", "message": "x"}])
    unknown = {
        "seq": 21,
        "time": 22.0,
        "event": "trial_started",
        "trial": 9,
        "attempt": 1,
    }
    with pytest.raises(
        LogDamaged, match=r"events.jsonl:22: .*: 9 is missing or unknown"
    ):
        fold([*records, unknown])
    with pytest.raises(
        LogDamaged, match=r"events.jsonl:22: .*one study_created, its first record"
    ):
        fold([*records, records[0] | {"seq": 21}])


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
    assert isinstance(one_trial.trials[0].reports, GrowingReports)
    assert one_trial == odd


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"metrics": {"val/f1": "high"}}, "its metrics.val/f1 is 'high', not a number"),
        ({"metrics": None}, "its metrics is None, not a mapping"),
        ({"epoch": -1}, "its epoch is -1, not an integer of at least 0"),
        ({"epoch": True}, "its epoch is True, not an integer"),
        ({"seconds": "1"}, "its seconds is '1', not a number"),
        ({"checkpoint": 7}, "its checkpoint is 7, not text"),
        ({"pruned": 7}, "its pruned is 7, not text"),
    ],
)
def test_an_epoch_that_is_none_is_refused_though_epochs_are_read_fast(
    one_trial, changes, words
):
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
    assert (
        history.spec.digest
        == spec.StudySpec.from_canonical(history.created.spec).digest
    )


@pytest.mark.parametrize(
    "section, plain, said",
    [
        ("early_terminate", {"type": "asha", "min_iter": 1, "patience": None},
         "early_terminate.patience is nothing"),
        ("early_terminate", {"type": "gone"}, "early_terminate.type is 'gone'"),
        ("search", {"method": "tpe", "trials": 3, "liar": True}, "search.liar is true"),
        ("budget", {"days": 2}, "budget.days is 2"),
    ],
)  # fmt: skip
def test_a_study_in_the_form_of_another_version_is_refused_in_a_sentence_with_what_to_do(
    section, plain, said
):
    (created,) = golden()[:1]
    old = {**created, "spec": {**created["spec"], section: plain}}
    with pytest.raises(
        LogOfAnotherVersion, match=r"^events\.jsonl:1: another version"
    ) as refused:
        fold([old])
    words = str(refused.value)
    assert f"that sweep {__version__} does not read ({said}" in words
    assert words.endswith("or run its study file as a new study")
    assert "\n" not in words
    assert ". " not in words


def test_an_edit_in_the_form_of_another_version_is_refused_at_its_line():
    (created,) = golden()[:1]
    spec_of = {**created["spec"], "budget": {"days": 2}}
    edited = {
        "seq": 1,
        "time": 2.0,
        "event": "spec_extended",
        "spec": spec_of,
        "source": "",
    }
    with pytest.raises(
        LogOfAnotherVersion, match=r"^events\.jsonl:2: .*budget\.days is 2"
    ):
        fold([created, edited])
