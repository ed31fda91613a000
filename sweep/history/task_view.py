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
    return replace(
        history,
        spec=study_on_task(history.spec, task),
        arms=tuple(arms),
        skipped=_skipped_on(history, task),
        cohorts=_cohorts_on(history, task),
        whole=history,
        _views={},
    )


def _skipped_on(history: History, task: Task) -> dict[str, str]:
    """Arm's name without the task → why it was skipped on the task."""
    suffix = name_on("", task)
    skipped = {}
    for name, reason in history.skipped.items():
        if name.endswith(suffix):
            name_without_task = name.removesuffix(suffix)
            skipped[name_without_task] = reason
    return skipped


def _cohorts_on(history: History, task: Task) -> dict[tuple[object, ...], Cohort]:
    """The cohorts of every stage, of the search only those of the task, without its name."""
    cohorts = {}
    for key, cohort in history.cohorts.items():
        if not _is_search(key):
            cohorts[key] = cohort
        elif key[1:2] == (task.name,):
            key_without_task = (SEARCH, *key[2:])
            cohorts[key_without_task] = cohort
    return cohorts


def only_task(history: History, task: Task) -> History:
    """The history as if the study had trained on one task alone."""
    on_this_task = [trial for trial in history.trials.values() if _is_on(trial, task)]
    trials = {trial.number: trial for trial in on_this_task}
    cohorts = _cohorts(on_this_task)
    view = replace(on_task(history, task), trials=trials, cohorts=cohorts, _views={})
    view.notices = []
    for notice in history.notices:
        if notice.trial is None or notice.trial in trials:
            view.notices.append(notice)
    return view


def by_task(history: History) -> dict[str, History]:
    """Task → the history on it alone; empty for a study without tasks."""
    all_tasks = tasks(history.spec.parameters)
    return {task.name: only_task(history, task) for task in all_tasks}


def _is_on(trial: Trial, task: Task) -> bool:
    """Whether a trial was trained on the task."""
    value = trial.config.get(task.parameter)
    return same(value, task.value)


def _cohorts(trials: list[Trial]) -> dict[tuple[object, ...], Cohort]:
    """The cohorts of the trials on one task; there is always one of all trials."""
    members: dict[tuple[object, ...], list[Trial]] = {(): []}
    for trial in trials:
        for key in cohorts_of(trial):
            is_by_task = _is_search(key) and len(key) > 1
            if not is_by_task:  # all trials are on the same task
                members.setdefault(key, []).append(trial)
    return {key: Cohort.of(trials_of_key) for key, trials_of_key in members.items()}


def _is_search(cohort_key: tuple[object, ...]) -> bool:
    """Whether a cohort holds trials of the search."""
    return cohort_key[:1] == (SEARCH,)
