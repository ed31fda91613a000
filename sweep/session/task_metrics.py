"""A task whose runs lack a metric that the study names: said at the first of them."""

from __future__ import annotations

from sweep.history.history import History
from sweep.model.parameters import same
from sweep.model.trial import State, Trial
from sweep.spec.tasks import Task, tasks


def missing_metric(history: History, trial: Trial) -> str | None:
    """What an ended trial lacks, with its task's name; None where it lacks nothing or has no task.

    Of a complete trial, a metric of `report.metrics` or `report.compare`; of a failed one, the
    study's own, which is then the reason.
    """
    task = _task_of(history, trial)
    if task is None:
        return None
    where = f"task {task.parameter}={task.name}"
    metric = history.spec.metric.name
    names = {name for report in trial.reports for name in report.metrics}
    if trial.state is State.FAILED:
        lost = bool(names) and metric not in names
        reported = ", ".join(sorted(names))
        return f"{where}: no {metric} is reported there, only {reported}" if lost else None
    wanted = dict.fromkeys((*history.spec.report.compare, *history.spec.report.metrics))
    absent = [name for name in wanted if name not in names]
    if trial.state is not State.COMPLETE or not absent:
        return None
    return (
        f"{where}: no {', '.join(absent)} is reported there, which the tables compare arms on; "
        f"reported: {', '.join(sorted(names))}"
    )


def _task_of(history: History, trial: Trial) -> Task | None:
    for task in tasks(history.spec.parameters):
        if same(trial.config.get(task.parameter), task.value):
            return task
    return None
