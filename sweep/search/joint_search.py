"""One search over all tasks: each configuration is trained and judged on every task.

A suggestion has trials on each task, under one number. Its objective is the mean over the tasks of
its rank, or of its scaled value, among the configurations that are complete on every task
(`search.tasks`). The objective changes when configurations are added, so it is computed again for
each suggestion. A configuration that fails on one task has no objective. No trial is stopped early,
as a trial on one task says nothing about the others.
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
        spec: the study on this task.
        observations: its trials on this task, grouped by configuration.
    """

    task: Task
    spec: StudySpec
    observations: Observations


@dataclass(frozen=True)
class Judged:
    """A configuration of the search.

    Attributes:
        number: its position in the order of suggestion, from 0.
        observation: the sampler's observation; its value is the objective over all tasks.
        trials: task → its trials on the task.
        values: task → the study's metric on the task, None where it is not complete.
    """

    number: int
    observation: Observation
    trials: Mapping[str, tuple[Trial, ...]]
    values: Mapping[str, float | None]


def is_joint(spec: StudySpec) -> bool:
    """Whether one search chooses a configuration for all tasks."""
    return spec.search is not None and spec.search.tasks != "each"


def propose(history: History) -> Proposal | list[Event] | Idle:
    """The next trial of the search over all tasks, or as `search_stage.propose`."""
    spec = history.spec
    if spec.search is None or not is_joint(spec):
        return search_stage.propose(history)
    on_tasks = _on_tasks(history)
    answer = _started_elsewhere(on_tasks) or _next_run(on_tasks)
    if answer is not None:
        return answer
    first = on_tasks[0]
    number = len(first.observations.suggestions)
    if number < any_search.planned(first.spec):
        observations = [entry.observation for entry in _judged(spec, on_tasks)]
        suggested = suggest(first.spec, observations, (), first.observations.tried)
        if suggested is not None:
            config, memory = suggested
            attributes = {"suggestion": number, "memory": memory}
            return _proposal(first, config, number, attributes)
    if any(of_task.observations.open for of_task in on_tasks):
        return "wait"
    return _ended_early(history, first)


def over(history: History) -> bool:
    """Whether every suggestion was made and has ended, on every task.

    Args:
        history: of all tasks, or the view of one task.
    """
    if not is_joint(history.spec):
        return search_stage.over(history)
    on_tasks = _on_tasks(history.whole or history)
    first = on_tasks[0]
    count = len(first.observations.suggestions)
    for of_task in on_tasks:
        observations = of_task.observations
        if observations.open or len(observations.suggestions) < count:
            return False
    if count >= any_search.planned(first.spec):
        return True
    return used_up(
        first.spec, first.observations.observations, first.observations.tried
    )


def ranking(history: History) -> list[Trial]:
    """Completed suggestions from best to worst, each by its first trial on the task in view.

    Args:
        history: the view of one task; in a study without tasks the full history.
    """
    if history.whole is None or not is_joint(history.spec):
        return search_stage.ranking(history)
    firsts: dict[int, Trial] = {}
    for trial in history.cohort(search_stage.NAME):
        firsts.setdefault(trial.attributes["suggestion"], trial)
    return [firsts[entry.number] for entry in best_first(history.whole)]


def best_first(history: History) -> list[Judged]:
    """The configurations that are complete on every task, the best first.

    Among equals the earlier one is first.
    """
    with_value = [
        entry for entry in judged(history) if entry.observation.value is not None
    ]
    descending = history.spec.metric.goal == "maximize"
    with_value.sort(key=_objective, reverse=descending)
    return with_value


def _objective(entry: Judged) -> float:
    """The value by which a configuration is ranked; 0 without one."""
    return entry.observation.value or 0.0


def judged(history: History) -> list[Judged]:
    """Every configuration that the search tried, in the order of suggestion."""
    return _judged(history.spec, _on_tasks(history))


# --------------------------------------------------------------------------- what comes next


def _on_tasks(history: History) -> list[OnTask]:
    """The search as it stands on each task."""
    views = []
    for task in tasks(history.spec.parameters):
        view = on_task(history, task)
        trials: Cohort = view.cohort(search_stage.NAME)
        observed = observing.observed(view.spec, trials)
        views.append(OnTask(task, view.spec, observed))
    return views


def _started_elsewhere(on_tasks: Sequence[OnTask]) -> Proposal | None:
    """The first trial of a suggestion on a task that does not have it yet."""
    first = on_tasks[0]
    counts = [len(of_task.observations.suggestions) for of_task in on_tasks]
    for number in range(min(counts), counts[0]):
        for of_task, count in zip(on_tasks, counts, strict=True):
            if number < count:
                continue
            lead = first.observations.suggestions[number].trials[0]
            attributes = {"suggestion": number, "memory": lead.attributes["memory"]}
            return _proposal(of_task, _searched(first.spec, lead), number, attributes)
    return None


def _searched(spec: StudySpec, trial: Trial) -> dict[str, object]:
    """A trial's searched parameters; its constants may differ between tasks."""
    constants = [
        n for n, p in spec.parameters.items() if isinstance(p.domain, Constant)
    ]
    return {name: v for name, v in trial.config.items() if name not in constants}


def _proposal(
    of_task: OnTask,
    chosen: Mapping[str, object],
    number: int,
    attributes: Mapping[str, object],
) -> Proposal:
    """The trial of a configuration on one task."""
    search = of_task.spec.search
    config, _ = complete(of_task.spec.parameters, chosen, None, "search")
    seed, fold = (0, None) if search is None else search.pairs[0]
    name = of_task.task.name
    label = f"{search_stage.NAME} @ {name} {number}"
    attributes = {"group": name, **attributes}
    return Proposal(search_stage.NAME, label, config, seed, fold, attributes)


def _next_run(on_tasks: Sequence[OnTask]) -> Proposal | list[Event] | None:
    """The next seed and fold of a suggestion whose first run on a task is complete."""
    for of_task in on_tasks:
        for index in of_task.observations.open:
            suggestion = of_task.observations.suggestions[index]
            answer = any_search.next_run(
                of_task.spec, search_stage.NAME, suggestion, of_task.observations
            )
            if answer is not None:
                return answer
    return None


def _ended_early(history: History, first: OnTask) -> list[Event] | Idle:
    """`done`; first a notice if no new configurations were left before the planned number."""
    tried = len(first.observations.suggestions)
    planned = any_search.planned(first.spec)
    text = (
        f"the search tried {tried} configurations on each task, not {planned}: "
        f"{DRAWS} random samples gave no new configuration"
    )
    if tried >= planned or any(notice.message == text for notice in history.notices):
        return "done"
    return [Notice(text)]


# --------------------------------------------------------------------------- objectives


def _judged(spec: StudySpec, on_tasks: Sequence[OnTask]) -> list[Judged]:
    """Every suggestion with its trials and its value on each task."""
    first = on_tasks[0]
    entries = []
    for index, suggestion in enumerate(first.observations.suggestions):
        trials: dict[str, tuple[Trial, ...]] = {}
        values: dict[str, float | None] = {}
        states = []
        for of_task in on_tasks:
            name, outcome = of_task.task.name, _outcome(of_task, index)
            trials[name] = () if outcome is None else outcome[0].trials
            values[name] = None if outcome is None else outcome[1].value
            states.append(State.RUNNING if outcome is None else outcome[1].state)
        observation = replace(
            first.observations.observations[index],
            state=_state(states),
            value=None,
            values=(),
            curve={},
        )
        entries.append(Judged(suggestion.number, observation, trials, values))
    return _with_objective(spec, entries)


def _outcome(of_task: OnTask, index: int) -> tuple[Suggestion, Observation] | None:
    """A suggestion on a task; suggestions have the same order on every task."""
    observations = of_task.observations
    if index >= len(observations.suggestions):
        return None
    return observations.suggestions[index], observations.observations[index]


def _state(states: Sequence[State]) -> State:
    """FAILED or PRUNED if the configuration is so on any task; COMPLETE if it is on all."""
    for state in (State.FAILED, State.PRUNED, State.RUNNING):
        if state in states:
            return state
    return State.COMPLETE


def _with_objective(spec: StudySpec, entries: list[Judged]) -> list[Judged]:
    """The suggestions with their score over all tasks; only complete ones have one."""
    finished = [e for e in entries if e.observation.state is State.COMPLETE]
    if not finished or spec.search is None:
        return entries
    score = mean_ranks if spec.search.tasks == "rank" else mean_scaled
    values = np.array([list(e.values.values()) for e in finished], dtype=np.float64)
    scores = score(values).tolist()
    objective = {e.number: value for e, value in zip(finished, scores, strict=True)}
    result = []
    for entry in entries:
        value = objective.get(entry.number)
        observation = replace(entry.observation, value=value)
        result.append(replace(entry, observation=observation))
    return result
