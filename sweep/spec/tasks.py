"""Tasks: the values of a parameter with `role: task`. Every arm is trained on each of them. Pure.

On one task a study is an ordinary study, which `on_task` returns: the task is a constant, and the
task's own values (`at`) replace those of the file. A run's configuration contains the task, an
arm's does not; in the log, the arm's name ends with the task: `+ focal @ wine`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sweep.document import KeyPath
from sweep.errors import one_of
from sweep.model.arm import Arm
from sweep.model.domains import Choice, Constant, contains, describe
from sweep.model.equality import shown
from sweep.model.parameters import Parameter, Parameters, Role
from sweep.spec import shapley
from sweep.spec.arms import set_key, stated_in
from sweep.spec.messages import AddViolation, show
from sweep.spec.schema import Ablation, StudyFile
from sweep.spec.study import StudySpec

SEPARATOR = " @ "  # between the names of an arm and of a task


@dataclass(frozen=True)
class Task:
    """One value of the task parameter.

    Attributes:
        parameter: the task parameter's name.
        name: the value as text.
        value: the value that the trainer gets.
        settings: values of other parameters on this task.
    """

    parameter: str
    name: str
    value: Any
    settings: Mapping[str, Any]


def task_parameter(parameters: Parameters) -> Parameter | None:
    """The parameter whose values are the tasks; None if the study has no tasks."""
    for parameter in parameters.values():
        if parameter.role == "task" and isinstance(parameter.domain, Choice):
            return parameter
    return None


def tasks(parameters: Parameters) -> tuple[Task, ...]:
    """The tasks in file order; empty if the study has no task parameter."""
    parameter = task_parameter(parameters)
    if parameter is None or not isinstance(parameter.domain, Choice):
        return ()
    file_tasks = []
    for value in parameter.domain.choices:
        name = shown(value)
        file_tasks.append(
            Task(parameter.name, name, value, parameter.task_values.get(name, {}))
        )
    return tuple(file_tasks)


def parameters_on(parameters: Parameters, task: Task) -> dict[str, Parameter]:
    """The parameters on one task; the task, and every parameter that it sets, is a constant."""
    fixed = {**task.settings, task.parameter: task.value}
    changed = dict(parameters)
    for name, value in fixed.items():
        if name in changed:
            role: Role = "task" if name == task.parameter else "fixed"
            changed[name] = Parameter(name, Constant(value), role, changed[name].when)
    return changed


def ablation_on(ablation: Ablation, task: Task) -> Ablation:
    """The ablation on one task; the baseline leaves out what the task sets."""
    baseline = {
        name: v for name, v in ablation.baseline.items() if name not in task.settings
    }
    return ablation.model_copy(update={"baseline": baseline})


def on_task(spec: StudySpec, task: Task) -> StudySpec:
    """The study on one task."""
    ablation = None if spec.ablation is None else ablation_on(spec.ablation, task)
    return replace(
        spec, parameters=parameters_on(spec.parameters, task), ablation=ablation
    )


def name_on(arm: str, task: Task) -> str:
    """An arm's name in the log."""
    return f"{arm}{SEPARATOR}{task.name}"


def arm_on(arm: Arm, task: Task) -> Arm:
    """An arm of the study on one task, as the log keeps it."""
    return replace(
        arm,
        name=name_on(arm.name, task),
        reference=None if arm.reference is None else name_on(arm.reference, task),
        previous=None if arm.previous is None else name_on(arm.previous, task),
        task=task.name,
    )


def without_task(arm: Arm, task: Task) -> Arm:
    """The arm that `arm_on` was given."""
    ending = f"{SEPARATOR}{task.name}"
    return replace(
        arm,
        name=arm.name.removesuffix(ending),
        reference=None if arm.reference is None else arm.reference.removesuffix(ending),
        previous=None if arm.previous is None else arm.previous.removesuffix(ending),
        task=None,
    )


# --------------------------------------------------------------------------- checks


def check(file: StudyFile, parameters: Parameters, add_violation: AddViolation) -> None:
    """Check the sections of a study with tasks."""
    several = [name for name, p in parameters.items() if p.role == "task"]
    for name in several[1:]:
        problem = f"{several[0]} is a task as well: a study has one task parameter"
        add_violation(
            ("parameters", name, "role"),
            problem,
            "one parameter whose values are the tasks",
        )
    task = task_parameter(parameters)
    if task is None:
        _report_without_tasks(file, add_violation)
        return
    if file.metric.target is not None:
        problem = "a target cannot be reached on all tasks at once"
        add_violation(("metric", "target"), problem, "no target in a study with tasks")
    _names(task, add_violation)
    _values_at(task, parameters, add_violation)
    _searched_too(file, task, add_violation)
    _one_search(file, task, parameters, add_violation)
    if file.ablation is not None:
        _arms(file.ablation, task, add_violation)
        _verdicts(file, file.ablation, task, add_violation)
    elif file.search is not None:
        problem = "arms are trained on tasks, and there is no ablation"
        add_violation(
            ("parameters", task.name, "role"),
            problem,
            "ablation: {…}, or role: scientific",
        )


def _report_without_tasks(file: StudyFile, add_violation: AddViolation) -> None:
    for key in ("tasks", "scale"):
        if key in file.report.model_fields_set:
            problem = "no parameter is a task"
            add_violation(
                ("report", key), problem, "role: task for a parameter, or leave it out"
            )
    if file.search is not None and file.search.tasks != "each":
        problem = "no parameter is a task"
        add_violation(
            ("search", "tasks"), problem, "role: task for a parameter, or leave it out"
        )


def _names(task: Parameter, add_violation: AddViolation) -> None:
    """Check that no task's name contains the separator between arm and task in the log."""
    values = task.domain.choices if isinstance(task.domain, Choice) else ()
    for i, value in enumerate(values):
        if SEPARATOR in shown(value):
            problem = (
                f"{show(value)} contains {SEPARATOR!r}, which separates arm and task"
            )
            add_violation(
                ("parameters", task.name, "values", i),
                problem,
                f"a name without {SEPARATOR!r}",
            )


def _values_at(
    task: Parameter, parameters: Parameters, add_violation: AddViolation
) -> None:
    """Check that a task sets existing parameters to allowed values."""
    for value, task_values in task.task_values.items():
        for name, setting in task_values.items():
            path = ("parameters", task.name, "at", value, name)
            if name == task.name:
                add_violation(path, f"{name} is the task itself", "another parameter")
            elif name not in parameters:
                add_violation(
                    path, f"there is no parameter {name!r}", one_of(parameters, name)
                )
            else:
                domain = parameters[name].domain
                if not isinstance(domain, Constant) and not contains(domain, setting):
                    problem = f"{show(setting)} is outside the parameter's domain"
                    add_violation(path, problem, f"{name} is {describe(domain)}")


def _searched_too(
    file: StudyFile, task: Parameter, add_violation: AddViolation
) -> None:
    """Check that neither a search nor a retuning chooses the task or what it sets."""
    name = task.name
    allowed = f"leave {name} out: each task is searched on its own"
    for i, entry in enumerate(() if file.search is None else file.search.enqueue):
        if name in entry:
            add_violation(
                ("search", "enqueue", i, name),
                f"{name} is a task, not searched",
                allowed,
            )
    if file.search is not None and file.search.warm_start:
        problem = "earlier studies do not record the task of their trials"
        add_violation(
            ("search", "warm_start"), problem, "no warm_start in a study with tasks"
        )
    retune = None if file.ablation is None else file.ablation.retune
    owners = _owners(task)
    for i, tuned in enumerate(() if retune is None else retune.parameters):
        path = ("ablation", "retune", "parameters", i)
        if tuned == name:
            add_violation(
                path,
                f"{name} is a task, not tuned",
                f"leave {name} out: each task is tuned separately",
            )
        elif tuned in owners:
            problem = (
                f"{tuned} is set by the task {owners[tuned]} (at), and is to be tuned"
            )
            add_violation(path, problem, "one of the two")


def _one_search(
    file: StudyFile,
    task: Parameter,
    parameters: Parameters,
    add_violation: AddViolation,
) -> None:
    """Check a search over all tasks, which tries each configuration on every task."""
    search = file.search
    if search is None or search.tasks == "each":
        return
    each_task = "search.tasks: each"
    if file.early_terminate.type != "none":
        problem = "a trial on one task does not tell how its configuration performs on the others"
        add_violation(
            ("early_terminate", "type"), problem, f"type: none, or {each_task}"
        )
    if search.objectives:
        problem = "a search over all tasks optimises one metric"
        add_violation(("search", "objectives"), problem, f"one metric, or {each_task}")
    if search.reads_curves:
        problem = (
            f"{search.method} learns from learning curves, each of which belongs to "
            "one task"
        )
        add_violation(
            ("search", "method"),
            problem,
            f"another method, such as tpe, or {each_task}",
        )
    owners = _owners(task)
    for name, parameter in parameters.items():
        if isinstance(parameter.domain, Constant) or name == task.name:
            continue
        if name in owners:
            path: KeyPath = ("parameters", task.name, "at", owners[name], name)
            problem = f"{name} is set here, but also searched over all tasks"
            add_violation(path, problem, f"one of the two, or {each_task}")
        if depends_on_task(parameters, name):
            problem = f"{name} is searched over all tasks, but does not exist on some"
            add_violation(
                ("parameters", name, "when"),
                problem,
                f"{each_task}, or {name} on every task",
            )


def depends_on_task(parameters: Parameters, name: str) -> bool:
    """Whether a parameter exists on some tasks only."""
    parents = [parent for parent in parameters[name].when if parent in parameters]
    if any(parameters[parent].role == "task" for parent in parents):
        return True
    return any(depends_on_task(parameters, parent) for parent in parents)


def _verdicts(
    file: StudyFile, ablation: Ablation, task: Parameter, add_violation: AddViolation
) -> None:
    """Check that the margin has one meaning on all tasks, and that more seeds can decide."""
    several = isinstance(task.domain, Choice) and len(task.domain.choices) > 1
    margin = ablation.smallest_change
    if (
        several
        and margin is not None
        and not margin.relative
        and file.report.scale == "each"
    ):
        problem = f"{show(ablation.margin)} is in units of the metric, and each task has its own"
        add_violation(
            ("ablation", "margin"), problem, 'margin: "1 %", or report.scale: one'
        )
    if ablation.until_decided is not None and file.report.tasks == "like_these":
        problem = (
            "a conclusion on similar tasks depends on the number of tasks; more seeds"
            " cannot decide it"
        )
        allowed = "report.tasks: these, or a list of seeds and more tasks"
        add_violation(("ablation", "seeds"), problem, allowed)


def _owners(task: Parameter) -> dict[str, str]:
    """Parameter that a task sets → the task."""
    return {
        name: value
        for value, task_values in task.task_values.items()
        for name in task_values
    }


def _arms(ablation: Ablation, task: Parameter, add_violation: AddViolation) -> None:
    """Check that no arm sets the task or what a task sets."""
    if ablation.designs.path is not None:
        problem = "a path may differ between tasks, so that no table can combine them"
        add_violation(
            ("ablation", "designs", "path"), problem, "a path in a study of one task"
        )
    if ablation.designs.top_k is not None:
        problem = (
            "the best configurations differ between tasks, so that their arms "
            "would differ"
        )
        add_violation(
            ("ablation", "designs", "top_k"),
            problem,
            "arms that are the same on each task",
        )
    owners = _owners(task)
    for path, name in _set_by_arms(ablation):
        if name == task.name:
            add_violation(path, f"{name} is a task: every arm is trained on each of its values",
                     "an arm without it, or role: scientific")  # fmt: skip
        elif name in owners and path[1] != "baseline":
            problem = f"{name} is set by the task {owners[name]} (at), and by an arm"
            add_violation(
                path,
                problem,
                f"one of the two; or another parameter for {owners[name]}",
            )


def _set_by_arms(ablation: Ablation) -> list[tuple[KeyPath, str]]:
    """Every key of the ablation that sets a parameter, with the parameter's name."""
    places: list[tuple[KeyPath, str]] = []
    places += [(("ablation", "baseline", name), name) for name in ablation.baseline]
    designs = ablation.designs
    for kind in ("ladder", "leave_one_out"):
        for arm, changes in getattr(designs, kind).items():
            places += [
                (("ablation", "designs", kind, arm, name), name) for name in changes
            ]
    for arm, stated in designs.arms.items():
        changes, _ = stated_in(stated)
        path = ("ablation", "designs", "arms", arm, *set_key(stated))
        places += [((*path, name), name) for name in changes]
    places += [(path, name) for path, name, _ in shapley.settings(designs.shapley)]
    for kind in ("one_at_a_time", "factorial"):
        places += [
            (("ablation", "designs", kind, n), n) for n in getattr(designs, kind)
        ]
    return places
