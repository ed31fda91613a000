"""Describe the study that runs trained elsewhere would belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sweep.errors import UsageError, one_of
from sweep.imported.columns import Columns, goal
from sweep.imported.runs import Runs
from sweep.model.arm import Arm
from sweep.model.domains import Choice, Constant
from sweep.model.equality import identity
from sweep.model.parameters import Parameter
from sweep.spec import Ablation, Designs, Metric, ReportSpec, StudySpec
from sweep.spec.tasks import SEPARATOR
from sweep.yaml_file import dump

TRAINER = "trained elsewhere"
ELSEWHERE = "trained elsewhere: code, data and seeds as stated by the source"
ARM = "arm"
_BASELINES = (
    "baseline",
    "base",
    "control",
    "default",
    "reference",
    "vanilla",
    "standard",
)
_VALIDATION = ("val", "valid", "validation", "dev", "eval")


@dataclass(frozen=True)
class DescribedStudy:
    """A study and its arms.

    Attributes:
        spec: the study, as a study file would describe it.
        arms: its arms, the baseline first.
    """

    spec: StudySpec
    arms: tuple[Arm, ...]


def describe(
    runs: Runs,
    columns: Columns,
    name: str,
    *,
    baseline: str | None = None,
    direction: Literal["maximize", "minimize"] | None = None,
) -> DescribedStudy:
    """Return the study of these runs.

    Args:
        runs: the runs.
        columns: the columns of their source.
        name: the study's name.
        baseline: name of the arm that the others are compared with, on each task; None: the arm
            with a usual name of a baseline, else the first arm.
        direction: goal of the first metric; None: guessed from its name, see
            `sweep.imported.columns.goal`.

    Raises:
        UsageError: no arm has the name `baseline`.
    """
    names = list(dict.fromkeys(run.arm for run in runs.runs))
    tasks = {run.arm: run.task for run in runs.runs}
    arms = _arms(names, tasks, runs.settings, baseline, columns.task or "")
    metric = columns.metrics[0]
    spec = StudySpec(
        name=name,
        trainer=TRAINER,
        metric=Metric(name=metric, goal=direction or goal(metric)),
        parameters=_parameters(arms, columns.task),
        ablation=_ablation(arms, runs, columns.task),
        report=ReportSpec(metrics=columns.metrics, select=_select(metric)),
        description=ELSEWHERE,
        base_dir=str(Path.cwd()),
    )
    return DescribedStudy(spec, arms)


def source_text(
    described: DescribedStudy, files: Mapping[str, str], columns: Columns
) -> str:
    """Return the text that is stored in place of a study file."""
    metric = described.spec.metric
    content = {
        "name": described.spec.name,
        "description": ELSEWHERE,
        "columns": columns.text(),
        "files": dict(files),
        "baseline": described.arms[0].name,
        "metric": {"name": metric.name, "goal": metric.goal},
    }
    return dump(content)


def _select(metric: str) -> Literal["best", "last"]:
    """Return `best` for a validation metric, else `last`: test results never choose an epoch."""
    words = set(re.split(r"[/_.-]", metric.lower()))
    return "last" if words.isdisjoint(_VALIDATION) else "best"


def _arms(
    names: Sequence[str],
    tasks: Mapping[str, str | None],
    settings: Mapping[str, Mapping[str, Any]],
    baseline: str | None,
    task_parameter: str,
) -> tuple[Arm, ...]:
    """Return the arms, each compared with the baseline of its task; the baselines come first."""
    references = _references(names, tasks, baseline)
    baselines = list(references.values())
    ordered = [*baselines, *(name for name in names if name not in baselines)]
    configs: dict[str, dict[str, Any]] = {}
    for name in ordered:
        task = tasks[name]
        configs[name] = {ARM: _plain(name, task)}
        if task is not None:
            configs[name][task_parameter] = task
        configs[name] |= settings.get(name, {})
    arms = []
    for name in ordered:
        reference = references[tasks[name]]
        is_reference = name == reference
        arms.append(
            Arm(
                name=name,
                config=configs[name],
                design="baseline" if is_reference else "arms",
                reference=None if is_reference else reference,
                previous=None,
                changes=_changes(configs[reference], configs[name]),
                task=tasks[name],
            )
        )
    return tuple(arms)


def _changes(reference: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a configuration that differ from its reference."""
    return {
        key: value
        for key, value in config.items()
        if identity(value) != identity(reference.get(key))
    }


def _references(
    names: Sequence[str], tasks: Mapping[str, str | None], baseline: str | None
) -> dict[str | None, str]:
    """Return task → its baseline; the first task's baseline is used on all tasks that have it."""
    references: dict[str | None, str] = {}
    first_baseline: str | None = None
    for task in dict.fromkeys(tasks[name] for name in names):
        task_arms = [name for name in names if tasks[name] == task]
        plain_names = [_plain(name, task) for name in task_arms]
        requested = baseline or None
        if requested is None and first_baseline in plain_names:
            requested = first_baseline
        references[task] = _baseline(task_arms, task, requested)
        first_baseline = first_baseline or _plain(references[task], task)
    return references


def _baseline(names: Sequence[str], task: str | None, requested: str | None) -> str:
    """Return the requested arm, else the one with a usual name of a baseline, else the first."""
    by_plain_name = {_plain(name, task): name for name in names}
    if requested is not None:
        if requested not in by_plain_name:
            allowed = one_of(by_plain_name, requested)
            raise UsageError(f"--baseline: there is no arm {requested!r}; {allowed}")
        return by_plain_name[requested]
    by_lower_name: dict[str, str] = {}
    for plain_name, name in by_plain_name.items():
        by_lower_name.setdefault(plain_name.lower(), name)
    for usual in _BASELINES:
        if usual in by_lower_name:
            return by_lower_name[usual]
    return names[0]


def _plain(name: str, task: str | None) -> str:
    """Return the name of an arm without its task."""
    return name if task is None else name.removesuffix(f"{SEPARATOR}{task}")


def _parameters(arms: Sequence[Arm], task: str | None) -> dict[str, Parameter]:
    """Return each setting with the values that occur, ordered as in the arms."""
    values: dict[str, dict[Any, Any]] = {}
    for arm in arms:
        for name, value in arm.config.items():
            values.setdefault(name, {}).setdefault(identity(value), value)
    return {
        name: _parameter(name, tuple(distinct.values()), is_task=name == task)
        for name, distinct in values.items()
    }


def _parameter(name: str, values: tuple[Any, ...], *, is_task: bool) -> Parameter:
    """Return one setting with its values."""
    if is_task:
        return Parameter(name, Choice(values), "task")
    if len(values) == 1:
        return Parameter(name, Constant(values[0]), "fixed")
    return Parameter(name, Choice(values), "scientific")


def _ablation(arms: Sequence[Arm], runs: Runs, task: str | None) -> Ablation:
    """Return the ablation with these arms, and the seeds and folds of the runs."""
    seeds = tuple(sorted({run.seed for run in runs.runs}))
    folds = [run.fold for run in runs.runs if run.fold is not None]
    count = max(folds) + 1 if folds else None
    stated: dict[str, dict[str, Any]] = {}
    for arm in arms:
        if arm.reference is not None:
            stated.setdefault(_plain(arm.name, arm.task), dict(arm.changes))
    designs = Designs.model_validate({"arms": stated})
    baseline = {name: value for name, value in arms[0].config.items() if name != task}
    return Ablation(
        baseline=baseline,
        seeds=seeds,
        folds=count if count is not None and count > 1 else None,
        designs=designs,
    )
