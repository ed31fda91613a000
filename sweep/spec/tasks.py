"""Tasks: a parameter with `role: task`, on each of whose values every arm is trained. Pure.

On one task a study is an ordinary study: `on_task` gives it, with the task's value a constant and
the task's own values (`at`) in the place of the file's. A run's configuration holds the task's
value; an arm is a configuration without it, and its name in the log says the task: `+
focal @ wine`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sweep.document import Path_
from sweep.errors import one_of
from sweep.model.arm import Arm
from sweep.model.domains import Choice, Constant, contains, describe
from sweep.model.equality import shown
from sweep.model.parameters import Parameter, Parameters, Role
from sweep.spec import shapley
from sweep.spec.arms import set_key, stated_in
from sweep.spec.messages import Complain, show
from sweep.spec.schema import Ablation, StudyFile
from sweep.spec.study import StudySpec

SEPARATOR = " @ "  # between the names of an arm and of a task


@dataclass(frozen=True)
class Task:
    """One value of the task parameter.

    Attributes:
        parameter: the task parameter's name.
        name: the value as text.
        value: as the trainer is given it.
        at: what other parameters are there.
    """

    parameter: str
    name: str
    value: Any
    at: Mapping[str, Any]


def task_parameter(parameters: Parameters) -> Parameter | None:
    """The parameter whose values are the tasks, None where a study has none."""
    for parameter in parameters.values():
        if parameter.role == "task" and isinstance(parameter.domain, Choice):
            return parameter
    return None


def tasks(parameters: Parameters) -> tuple[Task, ...]:
    """The tasks in file order; none where a study has no task parameter."""
    parameter = task_parameter(parameters)
    if parameter is None or not isinstance(parameter.domain, Choice):
        return ()
    found = []
    for value in parameter.domain.choices:
        name = shown(value)
        found.append(Task(parameter.name, name, value, parameter.at.get(name, {})))
    return tuple(found)


def parameters_on(parameters: Parameters, task: Task) -> dict[str, Parameter]:
    """The parameters on one task: its own, and those that it sets, are constants."""
    fixed = {**task.at, task.parameter: task.value}
    found = dict(parameters)
    for name, value in fixed.items():
        if name in found:
            role: Role = "task" if name == task.parameter else "fixed"
            found[name] = Parameter(name, Constant(value), role, found[name].when)
    return found


def ablation_on(ablation: Ablation, task: Task) -> Ablation:
    """The ablation on one task: what the task sets takes the place of the baseline's own value."""
    baseline = {name: v for name, v in ablation.baseline.items() if name not in task.at}
    return ablation.model_copy(update={"baseline": baseline})


def on_task(spec: StudySpec, task: Task) -> StudySpec:
    """The study as it is on one task."""
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


def check(file: StudyFile, parameters: Parameters, complain: Complain) -> None:
    """What a study with tasks may say."""
    several = [name for name, p in parameters.items() if p.role == "task"]
    for name in several[1:]:
        problem = f"{several[0]} is a task as well: a study has one task parameter"
        complain(
            ("parameters", name, "role"),
            problem,
            "one parameter whose values are the tasks",
        )
    task = task_parameter(parameters)
    if task is None:
        _report_without_tasks(file, complain)
        return
    if file.metric.target is not None:
        problem = "a value reached on one task says nothing of the others"
        complain(("metric", "target"), problem, "no target in a study with tasks")
    _names(task, complain)
    _values_at(task, parameters, complain)
    _searched_too(file, task, complain)
    _one_search(file, task, parameters, complain)
    if file.ablation is not None:
        _arms(file.ablation, task, complain)
        _verdicts(file, file.ablation, task, complain)
    elif file.search is not None:
        problem = "tasks are what arms are trained on, and there is no ablation"
        complain(
            ("parameters", task.name, "role"),
            problem,
            "ablation: {…}, or role: scientific",
        )


def _report_without_tasks(file: StudyFile, complain: Complain) -> None:
    for key in ("tasks", "scale"):
        if key in file.report.model_fields_set:
            problem = "no parameter is a task"
            complain(
                ("report", key), problem, "role: task for a parameter, or leave it out"
            )
    if file.search is not None and file.search.tasks != "each":
        problem = "no parameter is a task"
        complain(
            ("search", "tasks"), problem, "role: task for a parameter, or leave it out"
        )


def _names(task: Parameter, complain: Complain) -> None:
    """A task's name ends an arm's name in the log, and must be told from it."""
    values = task.domain.choices if isinstance(task.domain, Choice) else ()
    for i, value in enumerate(values):
        if SEPARATOR in shown(value):
            problem = (
                f"{show(value)} holds {SEPARATOR!r}, which stands between arm and task"
            )
            complain(
                ("parameters", task.name, "values", i),
                problem,
                f"a name without {SEPARATOR!r}",
            )


def _values_at(task: Parameter, parameters: Parameters, complain: Complain) -> None:
    """What a task sets: a parameter that there is, to a value that it may have."""
    for value, own in task.at.items():
        for name, setting in own.items():
            at = ("parameters", task.name, "at", value, name)
            if name == task.name:
                complain(at, f"{name} is the task itself", "another parameter")
            elif name not in parameters:
                complain(
                    at, f"there is no parameter {name!r}", one_of(parameters, name)
                )
            else:
                domain = parameters[name].domain
                if not isinstance(domain, Constant) and not contains(domain, setting):
                    problem = f"{show(setting)} is outside the parameter's domain"
                    complain(at, problem, f"{name} is {describe(domain)}")


def _searched_too(file: StudyFile, task: Parameter, complain: Complain) -> None:
    """A task is never chosen, nor what it sets tuned: not by a search, nor by a retuning."""
    name = task.name
    cure = f"leave {name} out: each task is searched on its own"
    for i, entry in enumerate(() if file.search is None else file.search.enqueue):
        if name in entry:
            complain(
                ("search", "enqueue", i, name), f"{name} is a task, not searched", cure
            )
    if file.search is not None and file.search.warm_start:
        problem = "earlier studies do not say which task their trials were on"
        complain(
            ("search", "warm_start"), problem, "no warm_start in a study with tasks"
        )
    retune = None if file.ablation is None else file.ablation.retune
    owners = _owners(task)
    for i, tuned in enumerate(() if retune is None else retune.parameters):
        at = ("ablation", "retune", "parameters", i)
        if tuned == name:
            complain(
                at,
                f"{name} is a task, not tuned",
                f"leave {name} out: each task tunes anew",
            )
        elif tuned in owners:
            problem = (
                f"{tuned} is set by the task {owners[tuned]} (at), and would be tuned"
            )
            complain(at, problem, "one of the two")


def _one_search(
    file: StudyFile, task: Parameter, parameters: Parameters, complain: Complain
) -> None:
    """What a search over all tasks cannot do: it tries one configuration on each of them."""
    search = file.search
    if search is None or search.tasks == "each":
        return
    apart = "search.tasks: each"
    if file.early_terminate.type != "none":
        problem = (
            "a trial on one task does not say how its configuration does on the others"
        )
        complain(("early_terminate", "type"), problem, f"type: none, or {apart}")
    if search.objectives:
        problem = "a search over all tasks is for one metric"
        complain(("search", "objectives"), problem, f"one metric, or {apart}")
    if search.reads_curves:
        problem = f"{search.method} learns from curves, and each is of one task"
        complain(
            ("search", "method"), problem, f"another method, such as tpe, or {apart}"
        )
    owners = _owners(task)
    for name, parameter in parameters.items():
        if isinstance(parameter.domain, Constant) or name == task.name:
            continue
        if name in owners:
            at: Path_ = ("parameters", task.name, "at", owners[name], name)
            problem = f"{name} is set here, and searched over all tasks"
            complain(at, problem, f"one of the two, or {apart}")
        if depends_on_task(parameters, name):
            problem = f"{name} is searched over all tasks, and some lack it"
            complain(
                ("parameters", name, "when"),
                problem,
                f"{apart}, or {name} on every task",
            )


def depends_on_task(parameters: Parameters, name: str) -> bool:
    """Whether a parameter exists on some tasks only."""
    parents = [parent for parent in parameters[name].when if parent in parameters]
    if any(parameters[parent].role == "task" for parent in parents):
        return True
    return any(depends_on_task(parameters, parent) for parent in parents)


def _verdicts(
    file: StudyFile, ablation: Ablation, task: Parameter, complain: Complain
) -> None:
    """A margin that means the same on every task, and looks that more seeds can decide."""
    several = isinstance(task.domain, Choice) and len(task.domain.choices) > 1
    margin = ablation.smallest_change
    if (
        several
        and margin is not None
        and not margin.relative
        and file.report.scale == "each"
    ):
        problem = f"{show(ablation.margin)} is in units of the metric, and each task has its own"
        complain(("ablation", "margin"), problem, 'margin: "1 %", or report.scale: one')
    if ablation.until_decided is not None and file.report.tasks == "like_these":
        problem = "the error of a claim on tasks like these is that of the tasks, not of the seeds"
        cure = "report.tasks: these, or a list of seeds and more tasks"
        complain(("ablation", "seeds"), problem, cure)


def _owners(task: Parameter) -> dict[str, str]:
    """Parameter that a task sets → the task."""
    return {name: value for value, own in task.at.items() for name in own}


def _arms(ablation: Ablation, task: Parameter, complain: Complain) -> None:
    """An arm is a configuration without the task, and sets nothing that a task sets."""
    if ablation.designs.path is not None:
        problem = (
            "a path goes its own way on each task, which no table can put together"
        )
        complain(
            ("ablation", "designs", "path"), problem, "a path in a study of one task"
        )
    if ablation.designs.top_k is not None:
        problem = "the best configurations of different tasks are different arms"
        complain(
            ("ablation", "designs", "top_k"),
            problem,
            "arms that are the same on each task",
        )
    owners = _owners(task)
    for at, name in _set_by_arms(ablation):
        if name == task.name:
            complain(at, f"{name} is a task: every arm is trained on each of its values",
                     "an arm without it, or role: scientific")  # fmt: skip
        elif name in owners and at[1] != "baseline":
            problem = f"{name} is set by the task {owners[name]} (at), and by an arm"
            complain(
                at, problem, f"one of the two; or another parameter for {owners[name]}"
            )


def _set_by_arms(ablation: Ablation) -> list[tuple[Path_, str]]:
    """Every place of the ablation that names a parameter, with the parameter."""
    found: list[tuple[Path_, str]] = []
    found += [(("ablation", "baseline", name), name) for name in ablation.baseline]
    designs = ablation.designs
    for kind in ("ladder", "leave_one_out"):
        for arm, changes in getattr(designs, kind).items():
            found += [
                (("ablation", "designs", kind, arm, name), name) for name in changes
            ]
    for arm, stated in designs.arms.items():
        changes, _ = stated_in(stated)
        at = ("ablation", "designs", "arms", arm, *set_key(stated))
        found += [((*at, name), name) for name in changes]
    found += [(at, name) for at, name, _ in shapley.settings(designs.shapley)]
    for kind in ("one_at_a_time", "factorial"):
        found += [(("ablation", "designs", kind, n), n) for n in getattr(designs, kind)]
    return found
