"""Conditions decide which parameters exist in a configuration.

A configuration gives one value to every active parameter. A parameter is active when every parent
named in its `when` is active and has one of the values listed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.errors import UsageError
from sweep.model.domains import Constant
from sweep.model.equality import among
from sweep.model.parameters import Parameter, Parameters


class ParameterCycle(UsageError):
    """Conditions form a cycle; `names` lists it and ends with its first name."""

    def __init__(self, names: tuple[str, ...]):
        self.names = names
        super().__init__(f"the conditions form a cycle: {' → '.join(names)}")


def order(parameters: Parameters) -> tuple[str, ...]:
    """Names with every parent before its children, otherwise in file order.

    Parents that do not exist are ignored.

    Raises:
        ParameterCycle: there is no such order.
    """
    ordered: dict[str, None] = {}
    waiting = list(parameters)
    while waiting:
        ready = [name for name in waiting if _parents_in(ordered, parameters, name)]
        if not ready:
            raise ParameterCycle(_cycle(parameters, waiting))
        ordered[ready[0]] = None
        waiting.remove(ready[0])
    return tuple(ordered)


def _parents_in(ordered: Mapping[str, None], parameters: Parameters, name: str) -> bool:
    """Whether all existing parents of a parameter are in `ordered`."""
    for parent in parameters[name].when:
        if parent in parameters and parent not in ordered:
            return False
    return True


def _cycle(parameters: Parameters, waiting: list[str]) -> tuple[str, ...]:
    """Parameters that depend on each other in a circle, in order; the first is also the last."""
    walk = [waiting[0]]
    while walk[-1] not in walk[:-1]:
        walk.append(next(p for p in parameters[walk[-1]].when if p in waiting))
    return tuple(walk[walk.index(walk[-1]) :])


def is_active(parameter: Parameter, active_values: Mapping[str, Any]) -> bool:
    """Whether a parameter exists, given the values of all active parameters before it."""
    for parent, allowed in parameter.when.items():
        if parent not in active_values or not among(active_values[parent], allowed):
            return False
    return True


def active(parameters: Parameters, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the parameters that exist in a configuration, in file order.

    Constants may be missing in `values`. Values of inactive parameters are ignored. A parent
    without a value activates no child.
    """
    names: set[str] = set()
    active_values: dict[str, Any] = {}
    for name in order(parameters):
        parameter = parameters[name]
        if not is_active(parameter, active_values):
            continue
        names.add(name)
        if name in values:
            active_values[name] = values[name]
        elif isinstance(parameter.domain, Constant):
            active_values[name] = parameter.domain.value
    return tuple(name for name in parameters if name in names)
