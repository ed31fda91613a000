"""Views of a history restricted to one task, for studies with several tasks.

The scheduler uses `on_task`, which shares the trials and cohorts of the whole history, so it is
cheap. A report uses `only_task`, which holds only the trials on that task.
"""

from __future__ import annotations

from dataclasses import replace

from sweep.history.history import History, cohorts_of
from sweep.model.cohort import Cohort
from sweep.model.equality import same
from sweep.model.trial import Trial
from sweep.spec.tasks import Task, name_on, tasks, without_task
from sweep.spec.tasks import on_task as study_on_task

SEARCH = "search"  # the stage whose trials are grouped by task


def on_task(history: History, task: Task) -> History:
    """The history with the arms of one task, and that task's search as the study's search."""
    arms = [without_task(arm, task) for arm in history.arms if arm.task == task.name]
    suffix = name_on("", task)
    skipped = {}
    for name, reason in history.skipped.items():
        if name.endswith(suffix):
            skipped[name.removesuffix(suffix)] = reason
    cohorts = {}
    for key, cohort in history.cohorts.items():
        if not _is_search(key):
            cohorts[key] = cohort
        elif key[1:2] == (task.name,):
            cohorts[SEARCH, *key[2:]] = cohort
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
    trials = {
        number: trial for number, trial in history.trials.items() if _is_on(trial, task)
    }
    cohorts = _cohorts(list(trials.values()))
    view = replace(on_task(history, task), trials=trials, cohorts=cohorts, _views={})
    view.notices = []
    for notice in history.notices:
        if notice.trial is None or notice.trial in trials:
            view.notices.append(notice)
    return view


def by_task(history: History) -> dict[str, History]:
    """Task → the history on it alone; empty for a study without tasks."""
    return {
        task.name: only_task(history, task) for task in tasks(history.spec.parameters)
    }


def _is_on(trial: Trial, task: Task) -> bool:
    return same(trial.config.get(task.parameter), task.value)


def _cohorts(trials: list[Trial]) -> dict[tuple[object, ...], Cohort]:
    members: dict[tuple[object, ...], list[Trial]] = {(): []}
    for trial in trials:
        for key in cohorts_of(trial):
            if _is_search(key) and len(key) > 1:
                continue  # grouped by the task, and there is only one here
            members.setdefault(key, []).append(trial)
    return {key: Cohort.of(trials_of_key) for key, trials_of_key in members.items()}


def _is_search(cohort_key: tuple[object, ...]) -> bool:
    return cohort_key[:1] == (SEARCH,)
