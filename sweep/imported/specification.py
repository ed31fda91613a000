"""The study that runs trained elsewhere would be of."""

from __future__ import annotations

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
        spec: as a study file would describe it.
        arms: the baseline first.
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
        baseline: the arm that the others are compared with, on each task; None: one that is called
            so, else the first.
        direction: of the first metric; None: by its name, see `sweep.imported.columns.goal`.

    Raises:
        UsageError: there is no such arm.
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
    """What stands in the folder in place of a study file."""
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
    """A run's epoch is chosen by a validation metric, never by the one that is reported."""
    words = (
        metric.lower().replace("/", "_").replace("-", "_").replace(".", "_").split("_")
    )
    return "best" if any(word in _VALIDATION for word in words) else "last"


def _arms(
    names: Sequence[str],
    tasks: Mapping[str, str | None],
    settings: Mapping[str, Mapping[str, Any]],
    baseline: str | None,
    task_parameter: str,
) -> tuple[Arm, ...]:
    """The arms, each compared with the baseline of its task; the baseline of the first
    task first.
    """
    references: dict[str | None, str] = {}
    usual: str | None = None
    for task in dict.fromkeys(tasks[name] for name in names):
        among = [name for name in names if tasks[name] == task]
        known = usual is not None and usual in {_plain(name, task) for name in among}
        references[task] = _baseline(
            among, task, baseline or (usual if known else None)
        )
        usual = usual or _plain(references[task], task)
    first = list(references.values())
    ordered = [*first, *(name for name in names if name not in first)]
    configs = {}
    for name in ordered:
        task = tasks[name]
        there = {} if task is None else {task_parameter: task}
        configs[name] = {ARM: _plain(name, task), **there, **settings.get(name, {})}
    arms = []
    for name in ordered:
        reference = references[tasks[name]]
        is_reference = name == reference
        changes = {
            key: value
            for key, value in configs[name].items()
            if identity(value) != identity(configs[reference].get(key))
        }
        arms.append(
            Arm(
                name=name,
                config=configs[name],
                design="baseline" if is_reference else "arms",
                reference=None if is_reference else reference,
                previous=None,
                changes={} if is_reference else changes,
                task=tasks[name],
            )
        )
    return tuple(arms)


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
    """An arm's name without its task."""
    return name if task is None else name.removesuffix(f"{SEPARATOR}{task}")


def _parameters(arms: Sequence[Arm], task: str | None) -> dict[str, Parameter]:
    """Each setting with the values that occur, in the order of the arms."""
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
