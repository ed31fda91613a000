"""What the log says of a trial while a session runs: seconds to the microsecond,
verdicts with their epoch."""

import pytest

from sweep.history.event_folds import fold_event
from sweep.history.folding import fold
from sweep.model.finding import Finding
from sweep.model.trial import EpochReport, Proposal, State
from sweep.model.trial_events import CheckpointReplaced, EpochEnded, TrialCreated
from sweep.provenance.dependencies import Dependencies
from sweep.session import trial_records
from sweep.session.stop_decision import Decision, stop_reason
from tests.sweep.history.first_version import golden

SECONDS = 1.23456789


def test_a_proposal_becomes_the_trial_with_the_number_it_was_given():
    proposal = Proposal("search", "search 3", {"lr": 0.1}, 5, None, {"group": None})
    assert trial_records.created(3, proposal) == TrialCreated(
        3, "search", "search 3", {"lr": 0.1}, 5, None, {"group": None}
    )


@pytest.mark.parametrize(
    "decision",
    [Decision(), Decision(stop="below the median"), Decision(pause="rung 1: 1 of 3")],
)
def test_a_stop_decision_is_part_of_its_epochs_record(decision):
    report = EpochReport(4, {"m": 0.5}, SECONDS, "1" * 64)
    assert trial_records.epoch_ended(3, report, decision) == EpochEnded(
        3,
        4,
        {"m": 0.5},
        1.234568,
        "1" * 64,
        pruned=decision.stop,
        paused=decision.pause,
    )


def test_seconds_are_kept_to_the_microsecond():
    assert trial_records.interrupted(3, "SIGTERM", SECONDS).overhead == 1.234568
    assert trial_records.finished(3, State.COMPLETE, "", SECONDS).overhead == 1.234568


def test_a_notice_of_a_broken_rule_says_whether_the_trial_was_stopped_for_it():
    finding = Finding(
        "milestones 0.5", 1, "stop", "0.2 is below 0.5", "check the learning rate"
    )
    warned = trial_records.health_rule_broken(3, finding, None)
    stopped = trial_records.health_rule_broken(3, finding, stop_reason(finding))
    otherwise = trial_records.health_rule_broken(3, finding, "below the median")
    assert (warned.trial, warned.rule, warned.epoch) == (3, finding.rule, finding.epoch)
    assert warned == otherwise
    assert stopped.message == f"{warned.message} (the trial was stopped)"


@pytest.fixture
def history():
    """A history with trial 0, whose first epoch has a checkpoint."""
    made = fold(golden()[:1])
    fold_event(TrialCreated(0, "search", "search 0", {}, 0, None, {}), made, 1.0)
    fold_event(EpochEnded(0, 0, {"m": 0.5}, 1.0, "1" * 64), made, 1.0)
    return made


@pytest.mark.parametrize(
    "checkpoint, recorded", [("1" * 64, 0), (None, 0), ("2" * 64, 1)]
)
def test_an_epoch_trained_again_is_recorded_if_its_checkpoint_differs(
    history, checkpoint, recorded
):
    report = EpochReport(0, {"m": 0.5}, 1.0, checkpoint)
    events = trial_records.epoch_repeated(history, 0, report)
    assert events == [CheckpointReplaced(0, 0, "2" * 64)] * recorded


def test_a_dependency_is_recorded_once_and_a_changed_file_is_noted(history):
    found = Dependencies({"a.json": "1"}, 0, {"scipy": "1.12"})
    (first,) = trial_records.dependencies_found(history, found)
    fold_event(first, history, 1.0)
    assert trial_records.dependencies_found(history, found) == []
    changed = Dependencies({"a.json": "2"}, 0, {})
    _, notice = trial_records.dependencies_found(history, changed)
    assert notice.message == "a.json changed while trials were running"
