"""Checks of designs that depend on results: `top_k`, `path`, conditions of arms, `retune`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sweep.document import KeyPath
from sweep.errors import one_of
from sweep.model.conditions import is_active
from sweep.model.domains import Constant, count
from sweep.model.parameters import Parameters
from sweep.samplers import SAMPLERS
from sweep.spec.arms import DeclaredArm, best_name, effective_values
from sweep.spec.designs import BEST, When
from sweep.spec.messages import AddViolation
from sweep.spec.schema import Ablation, Retune

PATH_PREFIX = "path "  # how the names of a path's own arms begin


def designs(
    ablation: Ablation,
    parameters: Parameters,
    arms: Sequence[DeclaredArm],
    searched: bool,
    add_violation: AddViolation,
) -> None:
    """Check designs that name arms or the search.

    Args:
        arms: the arms that the file declares; empty if one of them is wrong.
    """
    top_k, path_design = ablation.designs.top_k, ablation.designs.path
    ranked = [best_name(rank) for rank in range(1, (top_k or 0) + 1)]
    if top_k is not None and not searched:
        add_violation(
            ("ablation", "designs", "top_k"),
            "there is no search to take the best from",
            "search: {…}",
        )
    if not arms:
        return
    names = [*(arm.name for arm in arms), *ranked]
    for arm in arms:
        path = ("ablation", *arm.key_path)
        if arm.name in ranked:
            add_violation(
                path, f"{arm.name!r} is the name of an arm of top_k", "another name"
            )
        if path_design is not None and (
            arm.name.startswith(PATH_PREFIX) or arm.name == BEST
        ):
            add_violation(
                path,
                f"{arm.name!r} is reserved for the path",
                f"another name, not {BEST!r} or 'path …'",
            )
        if arm.when is not None:
            _condition(arm, arm.when, names, arms, add_violation)
    if path_design is not None:
        _path(ablation, parameters, names, searched, add_violation)


def path_ends(ablation: Ablation) -> Iterator[tuple[str, Any]]:
    """`from` and `to` of the path, if there is one."""
    path = ablation.designs.path
    if path is not None:
        yield "from", path.start
        yield "to", path.to


def _path(
    ablation: Ablation,
    parameters: Parameters,
    names: list[str],
    searched: bool,
    add_violation: AddViolation,
) -> None:
    ends = dict(path_ends(ablation))
    for key, end in ends.items():
        key_path: KeyPath = ("ablation", "designs", "path", key)
        if isinstance(end, dict):
            settled_values = effective_values(parameters, {**ablation.baseline, **end})
            for name in end:
                if not is_active(parameters[name], settled_values):
                    add_violation(
                        (*key_path, name),
                        f"{name} does not exist with the other values given here",
                        "",
                    )
        elif end == BEST:
            if not searched:
                add_violation(
                    key_path,
                    "there is no search to take the best from",
                    "search: {…}, or the name of an arm",
                )
        elif end not in names:
            add_violation(
                key_path,
                f"there is no arm {end!r}",
                f"{one_of([BEST, *names], end)}; or {{parameter: value}}",
            )
    if ends["from"] == ends["to"]:
        add_violation(
            ("ablation", "designs", "path"),
            "has the same start and end",
            "two different ends",
        )


def _condition(
    arm: DeclaredArm,
    when: When,
    names: list[str],
    arms: Sequence[DeclaredArm],
    add_violation: AddViolation,
) -> None:
    path: KeyPath = ("ablation", *arm.key_path[:-1], "when")
    if when.arm not in names or when.arm == arm.name:
        others = [n for n in names if n != arm.name]
        add_violation(
            (*path, "arm"),
            f"there is no other arm {when.arm!r}",
            one_of(others, when.arm),
        )
    elif arm.name in (circle := _waits_for(arm.name, arms)):
        add_violation(
            (*path, "arm"),
            f"arms wait for each other: {' → '.join(circle)}",
            "a condition on an earlier arm",
        )
    if when.metric is not None and when.metric.startswith("test"):
        add_violation(
            (*path, "metric"),
            f"{when.metric} is measured on test data, which must not decide "
            "what is trained",
            "a metric on validation data",
        )


def _waits_for(name: str, arms: Sequence[DeclaredArm]) -> list[str]:
    """The arms that an arm waits for, directly or not.

    The last one is `name` itself if the arms wait for each other in a circle.
    """
    waits = {arm.name: arm.when.arm for arm in arms if arm.when is not None}
    chain = [waits[name]]
    while chain[-1] in waits and chain[-1] != name and len(chain) <= len(waits):
        chain.append(waits[chain[-1]])
    return chain


def _tunable(
    rule: Retune,
    parameters: Parameters,
    name: str,
    path: KeyPath,
    add_violation: AddViolation,
) -> None:
    """Check that a parameter exists and can be tuned for each arm."""
    if name not in parameters:
        add_violation(path, f"there is no parameter {name!r}", one_of(parameters, name))
        return
    domain, role = parameters[name].domain, parameters[name].role
    if isinstance(domain, Constant):
        problem = f"{name} is a constant: there is nothing to tune"
        add_violation(path, problem, "a parameter with values or min and max")
    elif role != "nuisance":
        problem = f"{name} is {role}: tuning it for each arm would change the question"
        allowed = f"role: nuisance for {name}, or another parameter"
        add_violation(path, problem, allowed)
    elif SAMPLERS[rule.method].exhaustive and count(domain) is None:
        problem = f"{name} is continuous and has no grid"
        add_violation(path, problem, "values: […], q for a step, or method: tpe")


def retune(
    rule: Retune,
    parameters: Parameters,
    arms: Sequence[DeclaredArm],
    add_violation: AddViolation,
) -> None:
    """Check the nuisance parameters that each arm tunes."""
    for i, name in enumerate(rule.parameters):
        path: KeyPath = ("ablation", "retune", "parameters", i)
        if name in rule.parameters[:i]:
            add_violation(path, f"{name} is listed twice", "each parameter once")
        else:
            _tunable(rule, parameters, name, path, add_violation)
        for child, parameter in parameters.items():
            if (
                name in parameter.when
                and child not in rule.parameters
                and not isinstance(parameter.domain, Constant)
            ):
                add_violation(
                    path,
                    f"{child} depends on {name} and would be left without a value",
                    f"list {child} as well",
                )
    for arm in arms:
        for name in arm.changes:
            sound = name in parameters and parameters[name].role == "nuisance"
            if sound and name in rule.parameters and arm.design != "baseline":
                allowed = f"leave {name} to retune, or take it out of retune.parameters"
                add_violation(
                    ("ablation", *arm.key_path),
                    f"arm {arm.name!r} sets {name}, which retune would overwrite",
                    allowed,
                )
