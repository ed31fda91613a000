"""The study's own search: its next trial, its end, and its ranking, from the history.

In a study with tasks each task is searched separately.
"""

from __future__ import annotations

from collections.abc import Sequence

from sweep.history.history import History
from sweep.history.task_view import on_task
from sweep.model.events import Event, Notice
from sweep.model.trial import Idle, Proposal, State, Trial
from sweep.samplers import Observation
from sweep.search import any_search, failed_members, population
from sweep.search.observations import Suggestion
from sweep.search.observing import observed
from sweep.search.suggestion import DRAWS, suggest
from sweep.search.trial_value import STAGE
from sweep.spec import StudySpec
from sweep.spec.tasks import tasks

NAME = STAGE


def propose(history: History) -> Proposal | list[Event] | Idle:
    """The next search trial: another seed of an open suggestion, or a new suggestion.

    In a study with tasks each task is searched separately; the one with the fewest trials is first.
    """
    all_tasks = tasks(history.spec.parameters)
    if not all_tasks or history.spec.search is None:
        return _propose(history)
    fewest_first = sorted(
        all_tasks, key=lambda task: len(history.cohort(NAME, task.name))
    )
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
    events = failed_members.next_events(history)
    if events:
        return events
    return "wait" if members.open else _ended_early(history, members)


def _ended_early(history: History, trials: Sequence[Trial]) -> list[Event] | Idle:
    """`done`, after a notice if there were fewer configurations than planned trials."""
    tried = len(observed(history.spec, trials).suggestions)
    number = any_search.planned(history.spec)
    text = (
        f"the search tried {tried} configurations, not {number}: {DRAWS} random "
        "samples gave no new configuration"
    )
    if tried >= number or any(notice.message == text for notice in history.notices):
        return "done"
    return [Notice(text)]


def fallback_promotion(history: History) -> list[Event]:
    """The promotion of the paused trial with the most epochs, if no trial is complete.

    To be called once no further trial of the search is started: otherwise it would end without a
    result. In a study with tasks each task is handled separately.
    """
    all_tasks = tasks(history.spec.parameters)
    for task in all_tasks:
        events = fallback_promotion(on_task(history, task))
        if events:
            return events
    if all_tasks:
        return []
    promoted = any_search.fallback_promotion(history.spec, history.cohort(NAME))
    return [*failed_members.given_up(history), *promoted]


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
    """The search's trials grouped by configuration, in the order of suggestion.

    In a study with tasks those of the first task come first, then those of the next.
    """
    of_tasks: list[Suggestion] = []
    for task in tasks(history.spec.parameters):
        of_tasks += suggestions(on_task(history, task))
    return of_tasks or suggestions_of(history.spec, history.cohort(NAME))


def suggestions_of(spec: StudySpec, trials: Sequence[Trial]) -> list[Suggestion]:
    """The trials of any search grouped by configuration, in the order they were suggested."""
    return list(observed(spec, trials).suggestions)


def ranking(history: History) -> list[Trial]:
    """Completed suggestions from best to worst by their objective, each by its first trial."""
    return any_search.ranked(history.spec, history.cohort(NAME))
