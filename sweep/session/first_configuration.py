"""A configuration to try before any is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sweep.model.distributions import typical
from sweep.model.equality import same
from sweep.spec import StudySpec
from sweep.spec.completion import complete
from sweep.spec.tasks import Task, on_task, tasks


def first_configuration(
    spec: StudySpec, stated: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A complete configuration, for the probe and `sweep try`, which need one before any is chosen.

    A value comes from `stated`, else the baseline, else the constants, else the middle of the
    parameter's domain.
    """
    stated = stated or {}
    study_tasks = tasks(spec.parameters)
    if study_tasks:
        return first_configuration(on_task(spec, _task_of(study_tasks, stated)), stated)
    baseline = spec.ablation.baseline if spec.ablation else {}
    config, _ = complete(
        spec.parameters,
        {**baseline, **stated},
        lambda name, _: typical(spec.parameters[name].domain),
        "first",
    )
    return config


def _task_of(study_tasks: Sequence[Task], stated: Mapping[str, Any]) -> Task:
    """The task that a configuration states, else the first."""
    first = study_tasks[0]
    value = stated.get(first.parameter, first.value)
    for task in study_tasks:
        if same(task.value, value):
            return task
    return first
