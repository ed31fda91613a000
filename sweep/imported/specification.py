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
class Wanted:
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
) -> Wanted:
    """The study of these runs.

    Args:
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
    return Wanted(spec, arms)


def source_text(wanted: Wanted, files: Mapping[str, str], columns: Columns) -> str:
    """The text that is stored in place of a study file."""
    content = {
        "name": wanted.spec.name,
        "description": ELSEWHERE,
        "columns": columns.text(),
        "files": dict(files),
        "baseline": wanted.arms[0].name,
        "metric": {"name": wanted.spec.metric.name, "goal": wanted.spec.metric.goal},
    }
    return dump(content)


def _select(metric: str) -> Literal["best", "last"]:
    """`best` for a validation metric: an epoch is never chosen by its result on test data."""
    words = set(re.split(r"[/_.-]", metric.lower()))
    return "last" if words.isdisjoint(_VALIDATION) else "best"


def _arms(
    names: Sequence[str],
    tasks: Mapping[str, str | None],
    settings: Mapping[str, Mapping[str, Any]],
    baseline: str | None,
    task_parameter: str,
) -> tuple[Arm, ...]:
    """The arms, each compared with the baseline of its task; the baselines come first."""
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
    """The values of a configuration that differ from its reference."""
    return {
        key: value
        for key, value in config.items()
        if identity(value) != identity(reference.get(key))
    }


def _references(
    names: Sequence[str], tasks: Mapping[str, str | None], baseline: str | None
) -> dict[str | None, str]:
    """Task → name of its baseline; the first task's baseline is used on all tasks that have it."""
    references: dict[str | None, str] = {}
    first_baseline: str | None = None
    for task in dict.fromkeys(tasks[name] for name in names):
        task_arms = [name for name in names if tasks[name] == task]
        wanted = baseline or None
        if wanted is None and first_baseline in {
            _plain(name, task) for name in task_arms
        }:
            wanted = first_baseline
        references[task] = _baseline(task_arms, task, wanted)
        first_baseline = first_baseline or _plain(references[task], task)
    return references


def _baseline(names: Sequence[str], task: str | None, wanted: str | None) -> str:
    short = {_plain(name, task): name for name in names}
    if wanted is not None:
        if wanted not in short:
            raise UsageError(
                f"--baseline: there is no arm {wanted!r}; {one_of(short, wanted)}"
            )
        return short[wanted]
    for usual in _BASELINES:
        for name in short:
            if name.lower() == usual:
                return short[name]
    return names[0]


def _plain(name: str, task: str | None) -> str:
    """The name of an arm without its task."""
    return name if task is None else name.removesuffix(f"{SEPARATOR}{task}")


def _parameters(arms: Sequence[Arm], task: str | None) -> dict[str, Parameter]:
    """Each setting with the values that occur, ordered as in the arms."""
    parameters: dict[str, Parameter] = {}
    for name in dict.fromkeys(key for arm in arms for key in arm.config):
        values: dict[Any, Any] = {}
        for arm in arms:
            if name in arm.config:
                values.setdefault(identity(arm.config[name]), arm.config[name])
        distinct = tuple(values.values())
        if name == task:
            parameters[name] = Parameter(name, Choice(distinct), "task")
            continue
        if len(distinct) == 1:
            parameters[name] = Parameter(name, Constant(distinct[0]), "fixed")
        else:
            parameters[name] = Parameter(name, Choice(distinct), "scientific")
    return parameters


def _ablation(arms: Sequence[Arm], runs: Runs, task: str | None) -> Ablation:
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
