"""Finds a task whose runs lack a metric that the study names, at the task's first ended run."""

from __future__ import annotations

from sweep.history.history import History
from sweep.model.equality import same
from sweep.model.trial import State, Trial
from sweep.spec.tasks import Task, tasks


def missing_metric(history: History, trial: Trial) -> str | None:
    """A sentence on the metrics that an ended trial lacks; None if none is missing or
    it has no task.

    A complete trial must report `report.metrics` and `report.compare`. A failed trial may lack the
    study's own metric, which is then the reason of the failure.
    """
    task = _task_of(history, trial)
    if task is None:
        return None
    prefix = f"task {task.parameter}={task.name}"
    reported: set[str] = set()
    for report in trial.reports:
        reported |= report.metrics.keys()
    if trial.state is State.FAILED:
        metric = history.spec.metric.name
        if not reported or metric in reported:
            return None
        return (
            f"{prefix}: the trainer reports no {metric}, only "
            f"{', '.join(sorted(reported))}"
        )
    if trial.state is not State.COMPLETE:
        return None
    required = dict.fromkeys(
        (*history.spec.report.compare, *history.spec.report.metrics)
    )
    missing = [name for name in required if name not in reported]
    if not missing:
        return None
    return (
        f"{prefix}: no {', '.join(missing)} is reported there, which the tables compare arms on; "
        f"reported: {', '.join(sorted(reported))}"
    )


def _task_of(history: History, trial: Trial) -> Task | None:
    for task in tasks(history.spec.parameters):
        if same(trial.config.get(task.parameter), task.value):
            return task
    return None
