"""The ablation path from one configuration to another, one change at a time. Pure.

Ablation analysis after Fawcett & Hoos (2016), "Analysing differences between algorithm
configurations through ablation" (Journal of Heuristics 22). At each configuration, every remaining
difference is tried alone; the best one is kept, until the other configuration is reached. They
compare runs of an algorithm on instances; here, trials are compared by the mean validation metric
over the ablation's seeds.

Parameters with a condition change together with the parents that decide it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sweep.model.conditions import is_active, order
from sweep.model.domains import Constant
from sweep.model.equality import among, same
from sweep.model.parameters import Parameters

Values = Mapping[str, Any]


def groups(
    parameters: Parameters, start: Values, target: Values, ignore: Collection[str] = ()
) -> tuple[tuple[str, ...], ...]:
    """The differences between two complete configurations, grouped by conditions, in file order.

    A parameter that exists in only one of them is grouped with its differing parents, which decide
    whether it exists. Parents that could together activate a parameter that neither end has are
    grouped as well. So any choice of groups gives a complete configuration.

    Args:
        parameters: those of the study.
        start, target: the two ends.
        ignore: parameters that never count as a difference (those that each arm tunes).
    """
    differ = [n for n in parameters if n not in ignore and _differ(n, start, target)]
    group_of = {name: i for i, name in enumerate(differ)}
    for tied in _ties(parameters, start, target):
        members = [group_of[n] for n in tied if n in group_of]
        group_of = {n: min(members) if g in members else g for n, g in group_of.items()}
    return tuple(
        tuple(n for n in differ if group_of[n] == g)
        for g in dict.fromkeys(group_of.values())
    )


def _differ(name: str, start: Values, target: Values) -> bool:
    """Whether a parameter has different values at the two ends."""
    if name in start and name in target:
        return not same(start[name], target[name])
    return name in start or name in target


def _ties(parameters: Parameters, start: Values, target: Values) -> Iterator[list[str]]:
    """Parameters that must change together, so that none exists without its condition."""
    for name, parameter in parameters.items():
        parents = [p for p in parameter.when if _differ(p, start, target)]
        if (name in start) != (name in target):
            yield [name, *parents]
        elif name not in start and _could_exist(parameter.when, start, target):
            yield parents


def _could_exist(
    when: Mapping[str, tuple[Any, ...]], start: Values, target: Values
) -> bool:
    """Whether some combination of values of two configurations meets a condition."""
    return all(
        any(p in end and among(end[p], wanted) for end in (start, target))
        for p, wanted in when.items()
    )


def mixed(
    parameters: Parameters, start: Values, target: Values, moved: Iterable[str]
) -> dict[str, Any]:
    """`start` with the values of `target` for all parameters in `moved`: a complete configuration.

    `moved` consists of whole groups. An ignored parameter that exists only in `target` takes its
    value from there when it becomes active.
    """
    at_target = set(moved)
    config: dict[str, Any] = {}
    for name in order(parameters):
        if not is_active(parameters[name], config):
            continue
        ends = (target, start) if name in at_target else (start, target)
        domain = parameters[name].domain
        value = next((end[name] for end in ends if name in end), None)
        if any(name in end for end in ends):
            config[name] = value
        elif isinstance(domain, Constant):
            config[name] = domain.value
    return {n: config[n] for n in parameters if n in config}


def step_name(
    step: int, group: Iterable[str], parameters: Parameters, config: Values
) -> str:
    """The name of a step's arm, without child parameters: `path 1: loss=focal`."""
    members = list(group)
    roots = [
        n
        for n in members
        if not any(parent in members for parent in parameters[n].when)
    ]
    changes = [f"{n}={_short(config[n])}" for n in roots if n in config]
    return f"path {step}: {', '.join(changes) or ', '.join(roots)}"


def _short(value: Any) -> str:
    """A value in the name of a step."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)
