"""Checks of the sections of a study file against each other. Each reports all that it finds.

The checks run on whatever could be read, so that one wrong key does not hide the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import Any

from sweep.document import KeyPath
from sweep.errors import one_of
from sweep.model.conditions import ParameterCycle, is_active, order
from sweep.model.domains import Constant, contains, count, describe, outside
from sweep.model.equality import repetitions
from sweep.model.parameters import Parameters
from sweep.spec import adaptive, objectives, sampling, shapley, until_decided
from sweep.spec.arms import (
    DeclaredArm,
    declared,
    effective_values,
    open_in,
    schedule_of,
    set_key,
    stated_in,
)
from sweep.spec.messages import AddViolation, show
from sweep.spec.schema import Ablation, StudyFile
from sweep.spec.tasks import depends_on_task

_MOST_CELLS = 10_000


def conditions(
    parameters: Parameters, doubtful: Set[str], add_violation: AddViolation
) -> set[str]:
    """Check every `when`.

    Returns:
        The parameters whose condition is wrong, or depends on a parameter that is.
    """
    unsound: set[str] = set()
    for name, parameter in parameters.items():
        for parent, parent_values in parameter.when.items():
            path = ("parameters", name, "when", parent)
            if parent not in parameters:
                add_violation(
                    path,
                    f"there is no parameter {parent!r}",
                    one_of(parameters, parent),
                )
                unsound.add(name)
                continue
            domain = parameters[parent].domain
            if isinstance(domain, Constant):
                # an arm may change it, `--set` may have made it one, or it could not be
                # read
                continue
            if parameters[parent].role == "task" and count(domain) == 1:
                continue  # `--set` chose one of the tasks
            for value in outside(domain, parent_values):
                add_violation(
                    path,
                    f"{parent} is never {show(value)}",
                    f"{parent} is {describe(domain)}",
                )
                unsound.add(name)
    try:
        names = order(parameters)
    except ParameterCycle as cycle:
        add_violation(
            ("parameters", cycle.names[0], "when"),
            str(cycle),
            "conditions without a cycle",
        )
        return set(parameters)
    for name in names:
        if any(
            parent in doubtful or parent in unsound for parent in parameters[name].when
        ):
            unsound.add(name)
    return unsound


# --------------------------------------------------------------------------- search


def search(
    file: StudyFile,
    parameters: Parameters,
    doubtful: Set[str],
    add_violation: AddViolation,
) -> None:
    """Check search and early stopping against the parameters.

    Args:
        doubtful: names of parameters that could not be read; each is a constant here.
    """
    search_section, rule = file.search, file.early_terminate
    runs = 1 if search_section is None else len(search_section.pairs)
    if file.ablation is not None and (tune := file.ablation.retune) is not None:
        path: KeyPath = ("ablation", "retune", "early_terminate")
        for fault in tune.early_terminate.faults(parameters, runs, path):
            add_violation(*fault)
    if search_section is None:
        if rule.type != "none":
            path = ("early_terminate", "type")
            add_violation(
                path,
                f"{rule.type} stops search trials, but there is no search",
                "search: {…}, or type: none",
            )
        if file.ablation is None:
            add_violation(
                (),
                "neither search nor ablation: there is nothing to train",
                "search: {…}, ablation: {…} or both",
            )
        return
    _unique(search_section.seeds, ("search", "seeds"), add_violation)
    if not doubtful and all(
        isinstance(p.domain, Constant) for p in parameters.values()
    ):
        add_violation(
            ("search",),
            "every parameter is a constant: there is nothing to search",
            "values: […] or min/max",
        )
    sampling.check(search_section, parameters, add_violation)
    for fault in rule.faults(parameters, runs, ("early_terminate",)):
        add_violation(*fault)
    objectives.check(search_section, rule, add_violation)


def _sources(ablation: Ablation, add_violation: AddViolation) -> None:
    """Check that `variance.sources` names each source once."""
    sources = () if ablation.variance is None else ablation.variance.sources
    for i, source in enumerate(sources):
        if source in sources[:i]:
            path = ("ablation", "variance", "sources", i)
            add_violation(
                path,
                f"{source} is listed twice",
                "each source once: split, init, order",
            )


def _unique(seeds: tuple[int, ...], path: KeyPath, add_violation: AddViolation) -> None:
    for i in repetitions(seeds):
        add_violation(
            (*path, i),
            f"seed {seeds[i]} is listed twice; it would give the same run again",
            "distinct seeds",
        )


# --------------------------------------------------------------------------- arms


def arms(
    ablation: Ablation,
    parameters: Parameters,
    searched: bool,
    add_violation: AddViolation,
) -> list[DeclaredArm]:
    """Check every value of every design against the parameters.

    Returns:
        The declared arms; empty if one of them is wrong.
    """
    _unique(ablation.seeds, ("ablation", "seeds"), add_violation)
    _sources(ablation, add_violation)
    until_decided.check(ablation, add_violation)
    declared_arms = _stated(ablation, parameters, searched, add_violation)
    adaptive.designs(ablation, parameters, declared_arms, searched, add_violation)
    if ablation.retune is not None:
        adaptive.retune(ablation.retune, parameters, declared_arms, add_violation)
        sampling.retune(ablation.retune, parameters, add_violation)
    return declared_arms


def _stated(
    ablation: Ablation,
    parameters: Parameters,
    searched: bool,
    add_violation: AddViolation,
) -> list[DeclaredArm]:
    written = [
        _written(parameters, *each, add_violation) for each in _settings(ablation)
    ]
    shapes = [
        *_shapes(ablation, add_violation),
        shapley.check(ablation.designs.shapley, add_violation),
    ]
    if not all([*written, *shapes]):
        return []
    arms = list(declared(ablation, parameters))
    names: set[str] = set()
    sound = True
    for arm in arms:
        if arm.name in names:
            add_violation(
                ("ablation", *arm.key_path),
                f"there are two arms named {arm.name!r}",
                "distinct names",
            )
            sound = False
        names.add(arm.name)
        sound &= _meant(parameters, arm, add_violation)
    for name in ablation.designs.factorial:
        if not any(name in arm.changes for arm in arms if arm.design == "factorial"):
            add_violation(
                ("ablation", "designs", "factorial", name),
                _meaningless(parameters, name, "any cell"),
                "",
            )
            sound = False
    if not searched:
        tuned = ablation.retune.parameters if ablation.retune is not None else ()
        _closed(
            {n: p for n, p in parameters.items() if n not in tuned}, arms, add_violation
        )
    return arms if sound else []


def _settings(ablation: Ablation) -> Iterator[tuple[KeyPath, str, Any]]:
    """Every key of the ablation that gives a parameter a value: key, parameter, value."""
    for name, value in ablation.baseline.items():
        yield ("ablation", "baseline", name), name, value
    designs = ablation.designs
    for kind in ("ladder", "leave_one_out"):
        for arm, changes in getattr(designs, kind).items():
            for name, value in changes.items():
                yield ("ablation", "designs", kind, arm, name), name, value
    for arm, stated in designs.arms.items():
        changes, _ = stated_in(stated)
        for name, value in changes.items():
            yield (
                (
                    "ablation",
                    "designs",
                    "arms",
                    arm,
                    *set_key(stated),
                    name,
                ),
                name,
                value,
            )
    yield from shapley.settings(designs.shapley)
    for key, end in adaptive.path_ends(ablation):
        for name, value in end.items() if isinstance(end, dict) else ():
            yield ("ablation", "designs", "path", key, name), name, value
    for kind in ("one_at_a_time", "factorial"):
        for name, listed in getattr(designs, kind).items():
            for i, value in enumerate(listed):
                yield ("ablation", "designs", kind, name, i), name, value


def _written(
    parameters: Parameters,
    path: KeyPath,
    name: str,
    value: Any,
    add_violation: AddViolation,
) -> bool:
    if name not in parameters:
        add_violation(
            path,
            f"there is no parameter {name!r}",
            f"{one_of(parameters, name)}; or add {name} to parameters",
        )
        return False
    domain = parameters[name].domain
    # An arm may change a constant, which all other trials use. Only the trainer limits its value.
    if not isinstance(domain, Constant) and not contains(domain, value):
        add_violation(
            path,
            f"{show(value)} is outside the parameter's domain",
            f"{name} is {describe(domain)}",
        )
        return False
    return True


def _shapes(ablation: Ablation, add_violation: AddViolation) -> Iterator[bool]:
    """Check for designs that are empty, list a value twice, or have too many arms."""
    designs = ablation.designs
    for kind in ("ladder", "leave_one_out", "arms"):
        for arm, stated in getattr(designs, kind).items():
            if not stated_in(stated)[0] and schedule_of(stated) is None:
                add_violation(
                    ("ablation", "designs", kind, arm),
                    "changes nothing",
                    "at least one `parameter: value`",
                )
                yield False
    for kind in ("one_at_a_time", "factorial"):
        for name, listed in getattr(designs, kind).items():
            path: KeyPath = ("ablation", "designs", kind, name)
            if not listed:
                add_violation(path, "lists no value", f"e.g. {name}: [a, b]")
                yield False
            for i in repetitions(listed):
                add_violation(
                    (*path, i), f"{show(listed[i])} is listed twice", "distinct values"
                )
                yield False
    cells = math.prod(len(listed) for listed in designs.factorial.values())
    if cells > _MOST_CELLS:
        path = ("ablation", "designs", "factorial")
        add_violation(
            path,
            f"has {cells} cells, each trained with every seed",
            f"at most {_MOST_CELLS}; or search: {{…}}",
        )
        yield False


def _meant(
    parameters: Parameters, arm: DeclaredArm, add_violation: AddViolation
) -> bool:
    """Whether every parameter that an arm sets exists in the arm's configuration."""
    if arm.design == "factorial":
        return True  # a cell leaves out parameters that do not exist in it
    values = effective_values(parameters, arm.given)
    inactive = [n for n in arm.changes if not is_active(parameters[n], values)]
    # On a task without the parameter, the arm equals its reference.
    inactive = [n for n in inactive if not depends_on_task(parameters, n)]
    for name in inactive:
        add_violation(
            place(arm, name), _meaningless(parameters, name, f"arm {arm.name!r}"), ""
        )
    return not inactive


def _meaningless(parameters: Parameters, name: str, where: str) -> str:
    condition = " and ".join(
        f"{p}: {' or '.join(map(str, v))}" for p, v in parameters[name].when.items()
    )
    return f"{name} does not exist in {where}: it needs {condition}"


def depends_on(names: Sequence[str], folder: Path, add_violation: AddViolation) -> None:
    """Check that every path in `depends_on` exists, so that a change of it can be noticed.

    Args:
        folder: of the study file, which relative names start from.
    """
    for number, name in enumerate(names):
        path = folder / Path(name).expanduser()
        if not path.exists():
            allowed = "files and folders, relative to the study file or absolute"
            add_violation(("depends_on", number), f"there is no {path}", allowed)


def place(arm: DeclaredArm, name: str) -> KeyPath:
    """The key that holds the value that an arm sets for a parameter."""
    by_name = arm.design not in ("one_at_a_time", "factorial", "shapley")
    return ("ablation", *arm.key_path, name) if by_name else ("ablation", *arm.key_path)


def _closed(
    parameters: Parameters, arms: list[DeclaredArm], add_violation: AddViolation
) -> None:
    """Without a search, check that every parameter has a value.

    An open parameter is reported for the arm that opens it, not for arms that inherit it.
    """
    open_names: dict[str | None, tuple[str, ...]] = {None: ()}
    for arm in arms:
        open_names[arm.name] = open_in(parameters, arm.given)
        new = [
            n
            for n in open_names[arm.name]
            if n not in open_names[arm.previous or arm.reference]
        ]
        if new:
            places = (
                "here" if arm.design == "baseline" else "here or in ablation.baseline"
            )
            allowed = f"a value for each ({places}), or a search that provides values"
            add_violation(
                ("ablation", *arm.key_path),
                f"arm {arm.name!r} leaves open: {', '.join(new)}",
                allowed,
            )
