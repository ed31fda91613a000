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
    """Conditions that lead back to where they started; `names` is the cycle, first name
    repeated at the end.
    """

    def __init__(self, names: tuple[str, ...]):
        self.names = names
        super().__init__(f"the conditions go round in a circle: {' → '.join(names)}")


def order(parameters: Parameters) -> tuple[str, ...]:
    """Names with every parent before its children, otherwise in file order. Parents that do not
    exist are ignored.

    Raises:
        ParameterCycle: there is no such order.
    """
    placed: dict[str, None] = {}
    waiting = list(parameters)
    while waiting:
        ready = next(
            (
                n
                for n in waiting
                if all(p in placed for p in parameters[n].when if p in parameters)
            ),
            None,
        )
        if ready is None:
            raise ParameterCycle(_cycle(parameters, waiting))
        placed[ready] = None
        waiting.remove(ready)
    return tuple(placed)


def _cycle(parameters: Parameters, waiting: list[str]) -> tuple[str, ...]:
    walk = [waiting[0]]
    while walk[-1] not in walk[:-1]:
        walk.append(next(p for p in parameters[walk[-1]].when if p in waiting))
    return tuple(walk[walk.index(walk[-1]) :])


def is_active(parameter: Parameter, active_values: Mapping[str, Any]) -> bool:
    """Whether a parameter exists beside `active_values`, the values of active
    parameters, its parents among them.
    """
    return all(
        p in active_values and among(active_values[p], allowed)
        for p, allowed in parameter.when.items()
    )


def active(parameters: Parameters, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the parameters that exist in a configuration, in file order.

    Constants need not be in `values`; a value of an inactive parameter is ignored; a parent without
    a value activates nothing.
    """
    names: set[str] = set()
    seen: dict[str, Any] = {}
    for name in order(parameters):
        parameter = parameters[name]
        if not is_active(parameter, seen):
            continue
        names.add(name)
        if name in values:
            seen[name] = values[name]
        elif isinstance(parameter.domain, Constant):
            seen[name] = parameter.domain.value
    return tuple(n for n in parameters if n in names)
