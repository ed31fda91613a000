"""Checks the other sections of a study that uses population based training.

Each violation names a key that cannot be combined with `method: pbt`, and what to write instead.
"""

from __future__ import annotations

from sweep.document import KeyPath
from sweep.model.parameters import Parameters
from sweep.samplers import Pbt
from sweep.spec.adaptive import path_ends
from sweep.spec.arms import DeclaredArm, open_in
from sweep.spec.designs import BEST
from sweep.spec.messages import AddViolation
from sweep.spec.schema import Ablation, StudyFile
from sweep.spec.tasks import task_parameter
from sweep.spec.unread import of_trainer
from sweep.trainer import TrainerRef

_OTHER = "another search.method"


def check(file: StudyFile, parameters: Parameters, add_violation: AddViolation) -> None:
    """Sections against a population; nothing where the search is another one."""
    search = file.search
    if not isinstance(search, Pbt):
        return
    if file.early_terminate.type != "none":
        rule = file.early_terminate.type
        problem = (
            f"{rule} stops poor trials, but in a population they copy better ones "
            "and continue"
        )
        add_violation(("early_terminate", "type"), problem, "type: none")
    if file.report.select != "last":
        problem = (
            "a member's best epoch may belong to weights that a copy replaced: "
            "members of a population are compared at their last epoch"
        )
        add_violation(
            ("report", "select"), problem, f"report: {{select: last}}, or {_OTHER}"
        )
    if file.command is not None:
        problem = (
            "a population copies checkpoints, but a command writes its own, which "
            "sweep cannot copy"
        )
        cure = f"a trainer function that calls run.restore, or {_OTHER}"
        add_violation(("command",), problem, cure)
    task = task_parameter(parameters)
    if task is not None:
        problem = "a population is trained on one task"
        cure = f"a study for each task, or {_OTHER}"
        add_violation(("parameters", task.name, "role"), problem, cure)
    if search.objectives:
        problem = "members are ranked by one metric"
        add_violation(
            ("search", "objectives"), problem, "no objectives, or method: nsga2"
        )
    if file.ablation is not None:
        _designs(file.ablation, add_violation)


def _designs(ablation: Ablation, add_violation: AddViolation) -> None:
    """Designs that take a configuration from the search, which finds a schedule."""
    cure = "an arm with schedule: best"
    problem = "a population finds a schedule, not configurations"
    if ablation.designs.top_k is not None:
        add_violation(("ablation", "designs", "top_k"), problem, cure)
    for key, end in path_ends(ablation):
        if end == BEST:
            add_violation(("ablation", "designs", "path", key), problem, cure)


def unread(ref: TrainerRef, search: object, add_violation: AddViolation) -> None:
    """Explored parameters that the trainer certainly never reads: none of them takes effect.

    A trainer that reads nothing at all is not judged: it is still to be written.
    """
    read = of_trainer(ref) if isinstance(search, Pbt) else None
    if not isinstance(search, Pbt) or read is None or not read.parameters:
        return
    for index, name in enumerate(search.parameters):
        if name in read.parameters:
            continue
        listed = ", ".join(sorted(read.parameters))
        problem = f"the trainer never reads {name}: a change would have no effect"
        cure = f"a parameter that the trainer reads: {listed}"
        add_violation(("search", "parameters", index), problem, cure)


def arms(
    search: object,
    parameters: Parameters,
    declared: list[DeclaredArm],
    add_violation: AddViolation,
) -> None:
    """Arms that leave an explored parameter open have a schedule; and only there is one."""
    explored = search.parameters if isinstance(search, Pbt) else ()
    for arm in declared:
        at: KeyPath = ("ablation", *arm.key_path)
        if arm.schedule is None:
            left = [name for name in open_in(parameters, arm.given) if name in explored]
            if left:
                problem = (
                    f"arm {arm.name!r} gives no value for {', '.join(left)}, for "
                    "which the population finds a schedule, not a value"
                )
                add_violation(
                    at, problem, "a value for each, or schedule: best in an arm"
                )
            continue
        if not explored:
            problem = "there is no schedule: only a population finds one"
            add_violation((*at[:-1], "schedule"), problem, "search: {method: pbt, …}")
            continue
        stated = [name for name in explored if name in arm.changes]
        if stated:
            problem = f"the schedule and the arm both set {', '.join(stated)}"
            add_violation((*at, stated[0]), problem, "one of the two")
