"""Complete a configuration: one value for every active parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sweep.errors import UsageError
from sweep.model.conditions import is_active, order
from sweep.model.domains import Constant
from sweep.model.parameters import Parameters
from sweep.spec.arms import effective_values

# Open parameter, the configuration so far → its value.
Fill = Callable[[str, Mapping[str, Any]], Any]


def complete(
    parameters: Parameters,
    given: Mapping[str, Any],
    fill: Mapping[str, Any] | Fill | None,
    name: str,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Give every active parameter a value: the given one, its constant, or a filled one.

    Parents come before their children, so a filled value decides which further parameters exist.

    Returns:
        The configuration, and the names of filled parameters, both in file order.

    Raises:
        UsageError: a parameter stays open.
    """
    config: dict[str, Any] = {}
    filled: list[str] = []
    names = order(parameters)
    for parameter in (parameters[n] for n in names):
        if not is_active(parameter, config):
            continue
        if parameter.name in given:
            config[parameter.name] = given[parameter.name]
        elif isinstance(parameter.domain, Constant):
            config[parameter.name] = parameter.domain.value
        else:
            stated = effective_values(parameters, given) | config
            config[parameter.name] = _filled(fill, parameter.name, stated, name)
            filled.append(parameter.name)
    ordered = {name: config[name] for name in parameters if name in config}
    return ordered, tuple(name for name in parameters if name in filled)


def _filled(
    fill: Mapping[str, Any] | Fill | None,
    parameter: str,
    stated: Mapping[str, Any],
    arm: str,
) -> Any:
    """The value of a parameter that an arm does not state.

    Raises:
        UsageError: there is none.
    """
    if callable(fill):
        return fill(parameter, stated)
    if fill is None or parameter not in fill:
        advice = "give it a value in ablation.baseline, or search for it"
        raise UsageError(f"arm {arm!r} leaves {parameter!r} open; {advice}")
    return fill[parameter]
