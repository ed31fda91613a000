"""The study's own search, read off the history: its next trial, its end, its ranking.

In a study with tasks each task is searched on its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from sweep.history.history import History
from sweep.history.task_view import on_task
from sweep.model.events import Event, Notice
from sweep.model.trial import Idle, Proposal, State, Trial
from sweep.samplers import Observation
from sweep.search import any_search, population
from sweep.search.observations import Suggestion
from sweep.search.observing import observed
from sweep.search.suggestion import DRAWS, suggest
from sweep.search.trial_value import STAGE
from sweep.spec import StudySpec
from sweep.spec.tasks import tasks

NAME = STAGE


def propose(history: History) -> Proposal | list[Event] | Idle:
    """The next search trial: another seed of an open suggestion, or a new suggestion.

    In a study with tasks each is searched on its own; the one with the fewest trials comes first.
    """
    known = tasks(history.spec.parameters)
    if not known or history.spec.search is None:
        return _propose(history)
    fewest_first = sorted(known, key=lambda task: len(history.cohort(NAME, task.name)))
    waits = False
    for task in fewest_first:
        answer = _propose(on_task(history, task), task.name)
        if not isinstance(answer, str):
            return answer
        waits |= answer == "wait"
    return "wait" if waits else "done"


def _propose(
    history: History, task: str | None = None
) -> Proposal | list[Event] | Idle:
    if population.section(history.spec) is not None:
        return _propose_member(history)
    trials = history.cohort(NAME)
    prior = [
        Observation(earlier.config, State.COMPLETE, earlier.value, prior=True)
        for earlier in history.prior
    ]
    label, group = (NAME, {}) if task is None else (f"{NAME} @ {task}", {"group": task})
    answer = any_search.next_trial(history.spec, trials, NAME, label, group, prior)
    return _ended_early(history, trials) if answer == "done" else answer


def _propose_member(history: History) -> Proposal | list[Event] | Idle:
    """The next member of a population; once all exist, what becomes of them at their epoch."""
    spec, members = history.spec, history.cohort(NAME)
    so_far = observed(spec, members)
    number = len(so_far.suggestions)
    if spec.search is not None and number < any_search.planned(spec):
        suggested = suggest(spec, so_far.observations, (), so_far.tried)
        if suggested is not None:
            config, memory = suggested
            remembered = {"suggestion": number, "memory": memory}
            seed, fold = spec.search.pairs[0]
            return Proposal(NAME, f"{NAME} {number}", config, seed, fold, remembered)
    decided = population.decision(history)
    if decided is not None:
        return [decided]
    return "wait" if members.open else _ended_early(history, members)


def _ended_early(history: History, trials: Sequence[Trial]) -> list[Event] | Idle:
    """`done`, after a notice if the search ran out of configurations before it ran out
    of trials.
    """
    tried = len(observed(history.spec, trials).suggestions)
    wanted = any_search.planned(history.spec)
    text = (
        f"the search tried {tried} configurations, not {wanted}: "
        f"{DRAWS} random draws brought no other"
    )
    if tried >= wanted or any(notice.message == text for notice in history.notices):
        return "done"
    return [Notice(text)]


def trained_out(history: History) -> list[Event]:
    """The promotion of the paused trial that got furthest, where no trial is complete.

    To be asked once no further trial of the search is started: else it would end without a result.
    In a study with tasks that holds of each task.
    """
    known = tasks(history.spec.parameters)
    for task in known:
        events = trained_out(on_task(history, task))
        if events:
            return events
    return [] if known else any_search.trained_out(history.spec, history.cohort(NAME))


def over(history: History) -> bool:
    """Whether every suggestion was made and has ended, on every task."""
    for task in tasks(history.spec.parameters):
        if not over(on_task(history, task)):
            return False
    if tasks(history.spec.parameters):
        return True
    members = history.cohort(NAME)
    if population.section(history.spec) is not None and members.paused:
        return False  # they wait for each other
    return any_search.finished(history.spec, members)


def suggestions(history: History) -> list[Suggestion]:
    """The search's trials grouped by configuration, in the order they were suggested.

    In a study with tasks they are those of the first task, then of the next.
    """
    found: list[Suggestion] = []
    for task in tasks(history.spec.parameters):
        found += suggestions(on_task(history, task))
    return found or suggestions_of(history.spec, history.cohort(NAME))


def suggestions_of(spec: StudySpec, trials: Sequence[Trial]) -> list[Suggestion]:
    """The trials of any search grouped by configuration, in the order they were suggested."""
    return list(observed(spec, trials).suggestions)


def ranking(history: History) -> list[Trial]:
    """Completed suggestions from best to worst by their objective, each by its first trial."""
    return any_search.ranked(history.spec, history.cohort(NAME))
