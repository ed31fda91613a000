"""A study with tasks, seen on one of them: an ordinary study's history.

`on_task` is what decides trials by: it shares the trials and cohorts of the whole history and costs
nothing. `only_task` is what a report reads: it holds the trials on that task and no others.
"""

from __future__ import annotations

from dataclasses import replace

from sweep.history.history import History, cohorts_of
from sweep.model.cohort import Cohort
from sweep.model.parameters import same
from sweep.model.trial import Trial
from sweep.spec.tasks import Task, name_on, tasks, without_task
from sweep.spec.tasks import on_task as study_on_task

SEARCH = "search"  # the stage whose trials are grouped by task


def on_task(history: History, task: Task) -> History:
    """The history with the arms on one task, and the search on it as the study's search."""
    arms = [without_task(arm, task) for arm in history.arms if arm.task == task.name]
    ending = name_on("", task)
    skipped = {}
    for name, reason in history.skipped.items():
        if name.endswith(ending):
            skipped[name.removesuffix(ending)] = reason
    cohorts = {}
    for among, cohort in history.cohorts.items():
        if among[:1] != (SEARCH,):
            cohorts[among] = cohort
        elif among[1:2] == (task.name,):
            cohorts[SEARCH, *among[2:]] = cohort
    return replace(
        history,
        spec=study_on_task(history.spec, task),
        arms=tuple(arms),
        skipped=skipped,
        cohorts=cohorts,
        whole=history,
        _views={},
    )


def only_task(history: History, task: Task) -> History:
    """The history as if the study had trained on one task alone."""
    trials = {n: trial for n, trial in history.trials.items() if _is_on(trial, task)}
    seen = on_task(history, task)
    seen = replace(seen, trials=trials, cohorts=_cohorts(list(trials.values())), _views={})
    seen.notices = [n for n in history.notices if n.trial is None or n.trial in trials]
    return seen


def by_task(history: History) -> dict[str, History]:
    """Task → the history on it alone; empty for a study without tasks."""
    return {task.name: only_task(history, task) for task in tasks(history.spec.parameters)}


def _is_on(trial: Trial, task: Task) -> bool:
    return same(trial.config.get(task.parameter), task.value)


def _cohorts(trials: list[Trial]) -> dict[tuple[object, ...], Cohort]:
    members: dict[tuple[object, ...], list[Trial]] = {(): []}
    for trial in trials:
        for among in cohorts_of(trial):
            if among[:1] == (SEARCH,) and len(among) > 1:
                continue  # grouped by the task, which is the only one here
            members.setdefault(among, []).append(trial)
    return {among: Cohort.of(found) for among, found in members.items()}
