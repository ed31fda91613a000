"""Trials that pause and go on, and what members of a population take over when they do.

Called by the folds of events (`sweep.history.event_folds`).
"""

from __future__ import annotations

from dataclasses import replace

from sweep.history.history import History, cohorts_of
from sweep.history.trial_changes import update
from sweep.model.lineage import FAILURE, with_copy
from sweep.model.population_events import MemberFailed, PopulationDecided
from sweep.model.trial import REPLACED, State, Trial


def rest(history: History, trial: Trial) -> None:
    """A trial is paused now."""
    history.pauses.pop(trial.number, None)
    for key in cohorts_of(trial):
        cohort = history.cohorts[key]
        cohort.paused[trial.number] = None
        cohort.changed.append(trial.number)


def go_on(history: History, number: int) -> None:
    """A paused trial runs again."""
    trial = update(history, number, state=State.RUNNING, reason="")
    for key in cohorts_of(trial):
        cohort = history.cohorts[key]
        del cohort.paused[trial.number]
        cohort.changed.append(trial.number)


def waits_to_be_replaced(history: History, event: MemberFailed) -> None:
    """A member of a population failed: it is paused until the next decision.

    Raises:
        ValueError: it did not train.
    """
    failed = history.trials[event.trial]
    if failed.state is not State.RUNNING:
        raise ValueError(f"trial {event.trial} failed and did not train")
    trial = update(
        history,
        event.trial,
        state=State.PAUSED,
        reason=event.reason,
        overhead=failed.overhead + event.overhead,
        attributes={**failed.attributes, FAILURE: event.reason},
    )
    history.failures.setdefault(event.trial, []).append(event.reason)
    history.verdicts.pop(event.trial, None)
    history.losses.pop(event.trial, None)
    rest(history, trial)


def members_go_on(history: History, event: PopulationDecided) -> None:
    """The members of a population go on, some of them from another one's checkpoint.

    Raises:
        ValueError: one was not paused.
    """
    for number in event.members:
        if history.trials[number].state is not State.PAUSED:
            raise ValueError(f"trial {number} continues, but it was not paused")
        go_on(history, number)
    # What is copied is the lineage before this decision, whoever else is replaced by it.
    before = dict(history.trials)
    for copy in event.copies:
        source, target = before[copy.source], before[copy.trial]
        attributes = with_copy(
            target, source, event.after, copy.epoch, copy.values, copy.first_epoch
        )
        if copy.failure:
            attributes[REPLACED] = [*attributes.get(REPLACED, ()), event.after]
        update(history, copy.trial, attributes=attributes)
        history.checkpoints[copy.trial] = {copy.epoch: copy.checkpoint}
    history.population.append(event)


def forget_copies(history: History, number: int) -> None:
    """A member of a population is trained anew: what it copied before is no part of it any more."""
    for index, decided in enumerate(history.population):
        others = tuple(copy for copy in decided.copies if copy.trial != number)
        history.population[index] = replace(decided, copies=others)
