"""One search over all tasks: each configuration is trained on every task and judged by all of them.

A suggestion has its trials on each task, under one number. Its objective is the mean over the tasks
of its rank, or of its scaled value, among the configurations that are complete on every task
(`search.tasks`). It is worked out anew for each question, since it changes as others are added. A
configuration that fails on one task has no objective. Nothing is stopped early: a trial on one task
says nothing of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sweep.history.history import History
from sweep.history.task_view import on_task
from sweep.model.cohort import Cohort
from sweep.model.domains import Constant
from sweep.model.events import Event, Notice
from sweep.model.trial import Idle, Proposal, State, Trial
from sweep.samplers import Observation
from sweep.search import any_search, observing, search_stage
from sweep.search.observations import Observations, Suggestion
from sweep.search.suggestion import DRAWS, suggest, used_up
from sweep.spec import StudySpec
from sweep.spec.completion import complete
from sweep.spec.tasks import Task, tasks
from sweep.statistics.task_scores import mean_ranks, mean_scaled

WORDS = {"rank": "mean rank", "scaled": "mean of scaled values"}


@dataclass(frozen=True)
class OnTask:
    """The search on one task.

    Attributes:
        task: the task.
        spec: the study as it is there.
        so_far: its trials there, grouped by configuration.
    """

    task: Task
    spec: StudySpec
    so_far: Observations


@dataclass(frozen=True)
class Judged:
    """A configuration of the search.

    Attributes:
        number: its place in the order they were suggested, from 0.
        observation: what the sampler is told: its value is the objective over all tasks.
        trials: task → its trials there.
        values: task → the study's metric there, None where it is not complete.
    """

    number: int
    observation: Observation
    trials: Mapping[str, tuple[Trial, ...]]
    values: Mapping[str, float | None]


def is_joint(spec: StudySpec) -> bool:
    """Whether one search chooses a configuration for all tasks."""
    return spec.search is not None and spec.search.tasks != "each"


def propose(history: History) -> Proposal | list[Event] | Idle:
    """The next trial of the search: of one over all tasks, or as `search_stage.propose` has it."""
    spec = history.spec
    if spec.search is None or not is_joint(spec):
        return search_stage.propose(history)
    there = _on_tasks(history)
    answer = _started_elsewhere(there) or _next_run(there)
    if answer is not None:
        return answer
    first = there[0]
    number = len(first.so_far.suggestions)
    if number < any_search.planned(first.spec):
        seen = [each.observation for each in _judged(spec, there)]
        suggested = suggest(first.spec, seen, (), first.so_far.tried)
        if suggested is not None:
            config, memory = suggested
            return _proposal(
                first, config, number, {"suggestion": number, "memory": memory}
            )
    if any(each.so_far.open for each in there):
        return "wait"
    return _ended_early(history, first)


def over(history: History) -> bool:
    """Whether every suggestion was made and has ended, on every task.

    Args:
        history: whole, or seen on one task.
    """
    if not is_joint(history.spec):
        return search_stage.over(history)
    whole = history.whole or history
    there = _on_tasks(whole)
    first = there[0]
    count = len(first.so_far.suggestions)
    if any(each.so_far.open or len(each.so_far.suggestions) < count for each in there):
        return False
    if count >= any_search.planned(first.spec):
        return True
    return used_up(first.spec, first.so_far.observations, first.so_far.tried)


def ranking(history: History) -> list[Trial]:
    """Completed suggestions from best to worst, each by its first trial on the task in view.

    Args:
        history: seen on one task; without tasks the whole one.
    """
    if history.whole is None or not is_joint(history.spec):
        return search_stage.ranking(history)
    firsts: dict[int, Trial] = {}
    for trial in history.cohort(search_stage.NAME):
        firsts.setdefault(trial.attributes["suggestion"], trial)
    return [firsts[each.number] for each in best_first(history.whole)]


def best_first(history: History) -> list[Judged]:
    """The configurations that are complete on every task, the best first; of equals the earlier."""
    complete_ones = [
        each for each in judged(history) if each.observation.value is not None
    ]
    descending = history.spec.metric.goal == "maximize"
    complete_ones.sort(
        key=lambda each: each.observation.value or 0.0, reverse=descending
    )
    return complete_ones


def judged(history: History) -> list[Judged]:
    """Every configuration that the search tried, in the order they were suggested."""
    return _judged(history.spec, _on_tasks(history))


# --------------------------------------------------------------------------- what comes next


def _on_tasks(history: History) -> list[OnTask]:
    found = []
    for task in tasks(history.spec.parameters):
        there = on_task(history, task)
        trials: Cohort = there.cohort(search_stage.NAME)
        found.append(OnTask(task, there.spec, observing.observed(there.spec, trials)))
    return found


def _started_elsewhere(there: Sequence[OnTask]) -> Proposal | None:
    """The first trial of a suggestion on a task that has none of it yet."""
    first = there[0]
    counts = [len(each.so_far.suggestions) for each in there]
    for number in range(min(counts), counts[0]):
        for each, count in zip(there, counts, strict=True):
            if number < count:
                continue
            lead = first.so_far.suggestions[number].trials[0]
            remembered = {"suggestion": number, "memory": lead.attributes["memory"]}
            return _proposal(each, _searched(first.spec, lead), number, remembered)
    return None


def _searched(spec: StudySpec, trial: Trial) -> dict[str, object]:
    """What the search chose in a trial: the rest is constant, and may be another one elsewhere."""
    constant = {n for n, p in spec.parameters.items() if isinstance(p.domain, Constant)}
    return {name: value for name, value in trial.config.items() if name not in constant}


def _proposal(
    there: OnTask,
    chosen: Mapping[str, object],
    number: int,
    remembered: Mapping[str, object],
) -> Proposal:
    search = there.spec.search
    config, _ = complete(there.spec.parameters, chosen, None, "search")
    seed, fold = (0, None) if search is None else search.pairs[0]
    label = f"{search_stage.NAME} @ {there.task.name} {number}"
    attributes = {"group": there.task.name, **remembered}
    return Proposal(search_stage.NAME, label, config, seed, fold, attributes)


def _next_run(there: Sequence[OnTask]) -> Proposal | list[Event] | None:
    """The next seed and fold of a suggestion whose first run on a task is complete."""
    for each in there:
        for index in each.so_far.open:
            suggestion = each.so_far.suggestions[index]
            answer = any_search.next_run(
                each.spec, search_stage.NAME, suggestion, each.so_far
            )
            if answer is not None:
                return answer
    return None


def _ended_early(history: History, first: OnTask) -> list[Event] | Idle:
    tried, wanted = len(first.so_far.suggestions), any_search.planned(first.spec)
    text = (
        f"the search tried {tried} configurations on each task, not {wanted}: "
        f"{DRAWS} random draws brought no other"
    )
    if tried >= wanted or any(notice.message == text for notice in history.notices):
        return "done"
    return [Notice(text)]


# --------------------------------------------------------------------------- what a
# configuration is worth


def _judged(spec: StudySpec, there: Sequence[OnTask]) -> list[Judged]:
    first = there[0]
    found = []
    for index, suggestion in enumerate(first.so_far.suggestions):
        trials: dict[str, tuple[Trial, ...]] = {}
        values: dict[str, float | None] = {}
        states = []
        for each in there:
            known = _at(each, index)
            trials[each.task.name] = () if known is None else known[0].trials
            values[each.task.name] = None if known is None else known[1].value
            states.append(State.RUNNING if known is None else known[1].state)
        told = replace(
            first.so_far.observations[index],
            state=_state(states),
            value=None,
            values=(),
            curve={},
        )
        found.append(Judged(suggestion.number, told, trials, values))
    return _with_objective(spec, found)


def _at(there: OnTask, index: int) -> tuple[Suggestion, Observation] | None:
    """Suggestions are made in the same order on every task."""
    if index >= len(there.so_far.suggestions):
        return None
    return there.so_far.suggestions[index], there.so_far.observations[index]


def _state(states: Sequence[State]) -> State:
    """FAILED or PRUNED as soon as the configuration is on one task; COMPLETE once it is on all."""
    for state in (State.FAILED, State.PRUNED, State.RUNNING):
        if state in states:
            return state
    return State.COMPLETE


def _with_objective(spec: StudySpec, found: Sequence[Judged]) -> list[Judged]:
    whole = [each for each in found if each.observation.state is State.COMPLETE]
    if not whole or spec.search is None:
        return list(found)
    score = mean_ranks if spec.search.tasks == "rank" else mean_scaled
    values = np.array([list(each.values.values()) for each in whole], dtype=np.float64)
    scores = score(values).tolist()
    objective = {each.number: value for each, value in zip(whole, scores, strict=True)}
    return [
        replace(
            each,
            observation=replace(each.observation, value=objective.get(each.number)),
        )
        for each in found
    ]
