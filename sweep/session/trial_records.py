"""What the log says of a trial while a session runs: its events, in the log's precision."""

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
    """A stage's proposal becomes the trial with that number."""
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
    """An epoch with the verdict on it: what becomes of the trial."""
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
    """An epoch that was trained again, from an earlier checkpoint.

    Its first report stands. Its checkpoint is another one where training does not repeat to the
    last bit, and the log has to know it to find it sound.
    """
    recorded = history.checkpoints.get(number, {}).get(report.epoch)
    if report.checkpoint is None or report.checkpoint == recorded:
        return []
    return [CheckpointReplaced(number, report.epoch, report.checkpoint)]


def dependencies_found(history: History, found: Dependencies) -> list[Event]:
    """What a trial depended on and the log does not know, with a notice of each changed file.

    Changes of the trainer's code are noted at the session's end, all at once.
    """
    known = Dependencies(history.dependencies, 0, history.distributions)
    new = found.beyond(known)
    if not (new.files or new.distributions):
        return []
    code = set(history.sessions[-1].files.values()) if history.sessions else set()
    unchanged = (GONE, *code)
    changed = [name for name in sorted(new.files) if known.files.get(name, GONE) not in unchanged]
    notices = [Notice(f"{name} changed while trials were running") for name in changed]
    return [DependenciesFound(**new.plain()), *notices]


def health_rule_broken(number: int, finding: Finding, stopped: str | None) -> Notice:
    """A trial broke a health rule; `stopped` is why the trial stops, if it does."""
    text = str(finding)
    if stopped == stop_reason(finding):
        text += " (the trial was stopped)"
    return Notice(text, number, rule=finding.rule, epoch=finding.epoch)


def interrupted(number: int, reason: str, overhead: float) -> TrialInterrupted:
    """A trial gave its worker back and will have one again; `overhead` in seconds."""
    return TrialInterrupted(number, reason, round(overhead, _DIGITS))


def finished(number: int, state: State, reason: str, overhead: float) -> TrialFinished:
    """A trial ended for good; `overhead` in seconds."""
    return TrialFinished(number, state, reason, round(overhead, _DIGITS))
