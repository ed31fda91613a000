"""Makes a trial's events for the log, with numbers rounded to the log's precision."""

from __future__ import annotations

from sweep.history.history import History
from sweep.model.events import DependenciesFound, Event, Notice
from sweep.model.finding import Finding
from sweep.model.trial import EpochReport, Proposal, State
from sweep.model.trial_events import (
    CheckpointReplaced,
    EpochEnded,
    TrialCreated,
    TrialFinished,
    TrialInterrupted,
)
from sweep.provenance.dependencies import GONE, Dependencies
from sweep.session.stop_decision import Decision, stop_reason

_DIGITS = 6  # of seconds in the log: microseconds


def created(number: int, proposal: Proposal) -> TrialCreated:
    """The event that turns a stage's proposal into the trial with that number."""
    return TrialCreated(
        trial=number,
        stage=proposal.stage,
        label=proposal.label,
        config=proposal.config,
        seed=proposal.seed,
        fold=proposal.fold,
        attributes=proposal.attributes,
    )


def epoch_ended(number: int, report: EpochReport, decision: Decision) -> EpochEnded:
    """An epoch's report together with the decision on its trial."""
    return EpochEnded(
        trial=number,
        epoch=report.epoch,
        metrics=report.metrics,
        seconds=round(report.seconds, _DIGITS),
        checkpoint=report.checkpoint,
        pruned=decision.stop,
        paused=decision.pause,
    )


def epoch_repeated(history: History, number: int, report: EpochReport) -> list[Event]:
    """Events of an epoch that was trained again, from an earlier checkpoint.

    The first report counts. Training may not repeat bit for bit; then the new
    checkpoint has another hash, which the log must hold to accept the checkpoint.
    """
    recorded = history.checkpoints.get(number, {}).get(report.epoch)
    if report.checkpoint is None or report.checkpoint == recorded:
        return []
    return [CheckpointReplaced(number, report.epoch, report.checkpoint)]


def dependencies_found(history: History, found: Dependencies) -> list[Event]:
    """Record new dependencies of a trial, with a notice for each changed file.

    Changes of the trainer's code are noted together at the session's end.
    """
    recorded = Dependencies(history.dependencies, 0, history.distributions)
    new = found.beyond(recorded)
    if not (new.files or new.distributions):
        return []
    events: list[Event] = [DependenciesFound(**new.plain())]
    code_hashes = (
        set(history.sessions[-1].files.values()) if history.sessions else set()
    )
    for name in sorted(new.files):
        hash_before = recorded.files.get(name, GONE)
        if hash_before != GONE and hash_before not in code_hashes:
            events.append(Notice(f"{name} changed while trials were running"))
    return events


def health_rule_broken(number: int, finding: Finding, stopped: str | None) -> Notice:
    """The notice of a broken health rule; `stopped` is why the trial stops, if it does."""
    text = str(finding)
    if stopped == stop_reason(finding):
        text += " (the trial was stopped)"
    return Notice(text, number, rule=finding.rule, epoch=finding.epoch)


def interrupted(number: int, reason: str, overhead: float) -> TrialInterrupted:
    """The event of a trial that lost its worker and continues later; `overhead` in seconds."""
    return TrialInterrupted(number, reason, round(overhead, _DIGITS))


def finished(number: int, state: State, reason: str, overhead: float) -> TrialFinished:
    """The event of a trial that ended for good; `overhead` in seconds."""
    return TrialFinished(number, state, reason, round(overhead, _DIGITS))
