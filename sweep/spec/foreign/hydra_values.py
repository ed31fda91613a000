"""Parse Hydra's sweeps: `choice(a, b)`, `range(1, 4)`, `tag(log, interval(1e-5, 1e-2))`, `1,2,3`.

Source of the grammar: https://hydra.cc/docs/advanced/override_grammar/extended/.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from sweep.spec.foreign import hydra_text
from sweep.spec.foreign.hydra_text import split

Entry = dict[str, Any]
_CALL = re.compile(r"^(\w+)\((.*)\)$", re.DOTALL)
_TAKES_END = re.compile(r"(?:(?:int|float|str|tag)\((?:[\w\s]+,)*\s*)*range\(")
_MOST_LISTED = 12  # values of a range that are listed one by one
_CASTS: Mapping[str, Any] = {"int": int, "float": float, "str": str, "bool": bool}


class NotConvertible(ValueError):
    """A study file has no form for this override; the message says why."""


def entry(override: Any, *, takes_end: bool = False) -> Entry:
    """Convert the value of a key in `hydra.sweeper.params` to a study file's parameter.

    Args:
        override: the text, or the value that YAML read. A list is one value.
        takes_end: whether a `range` includes its end, as in Optuna's sweeper.

    Raises:
        NotConvertible: the override is `glob(…)`, or not in Hydra's grammar.
    """
    if not isinstance(override, str):
        return {"value": override}
    text = override.strip()
    call = _CALL.match(text)
    if call is not None and _closes_at_end(text):
        return _called(call[1], split(call[2]), takes_end)
    parts = split(text)
    if len(parts) > 1:
        return {"values": [_scalar(part) for part in parts]}
    return {"value": _scalar(text)}


def includes_stop(override: Any) -> bool:
    """Whether an override is a range, whose end only Optuna's sweeper includes."""
    return isinstance(override, str) and _TAKES_END.match(override.strip()) is not None


def _called(name: str, arguments: list[str], takes_end: bool) -> Entry:
    """Convert a call `name(arguments)` of Hydra's grammar.

    Raises:
        NotConvertible: a study file has no form for it.
    """
    if name == "choice":
        return {"values": [_scalar(argument) for argument in arguments]}
    if name == "range":
        return _range(arguments, takes_end)
    if name == "interval":
        low, high = _bounds(arguments)
        return {"distribution": "uniform", "min": low, "max": high}
    if name == "tag":
        return _tagged(arguments, takes_end)
    if name in _CASTS:
        return _cast(name, entry(arguments[0], takes_end=takes_end))
    if name in ("shuffle", "sort"):
        return _ordered(name, arguments)
    if name == "glob":
        raise NotConvertible(
            "glob selects configuration files by a pattern: list them, choice(a, b)"
        )
    raise NotConvertible(
        f"{name}(…) is not a sweep of Hydra: use choice, range, interval, tag or a list"
    )


def _ordered(name: str, arguments: list[str]) -> Entry:
    """Convert `shuffle(a, b)`, `sort(3, 1, reverse=true)` and `sort(list=[3, 1])`.

    `sort` keeps its order; `shuffle` has no effect, since the search chooses the order.
    """
    plain, named = _plain_and_named(arguments)
    if "list" in named:
        listed = named["list"].removeprefix("[").removesuffix("]")
        plain = split(listed)
    converted = entry(",".join(plain))
    if name == "sort" and "values" in converted:
        backwards = named.get("reverse", "false").lower() == "true"
        try:
            converted["values"] = sorted(converted["values"], reverse=backwards)
        except TypeError as error:
            raise NotConvertible(
                f"sort({', '.join(arguments)}) has values of several types"
            ) from error
    return converted


def _plain_and_named(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the arguments without a name, and name → text of those written `name=text`."""
    plain: list[str] = []
    named: dict[str, str] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if equals:
            named[name.strip()] = text.strip()
        else:
            plain.append(argument)
    return plain, named


def _range(arguments: list[str], takes_end: bool) -> Entry:
    """Convert a range: to a list of its values, or to a stepped number if there are many.

    Raises:
        NotConvertible: the range is empty, or its bounds are no numbers.
    """
    shown = f"range({', '.join(arguments)})"
    start, stop, step = _range_bounds(arguments)
    are_numbers = all(isinstance(bound, int | float) for bound in (start, stop, step))
    if not are_numbers or step == 0:
        raise NotConvertible(f"{shown} is not start, stop and a step that is not 0")
    steps = (stop - start) / step
    count = math.ceil(steps - 1e-9)  # without the end, like Python's range
    if takes_end:
        count = math.floor(steps + 1e-9) + 1
    values = [round(start + i * step, 12) for i in range(count)]
    if not values:
        raise NotConvertible(f"{shown} is empty")
    if count <= _MOST_LISTED:
        return {"values": values}
    return {
        "distribution": "q_uniform",
        "min": min(values),
        "max": max(values),
        "q": abs(step),
    }


def _range_bounds(arguments: list[str]) -> tuple[Any, Any, Any]:
    """Return start, stop and step of a range.

    Examples: `range(4)`, `range(1, 4)`, `range(1, 4, 2)`, `range(start=1, stop=4, step=2)`.
    """
    bounds: dict[str, Any] = {"start": 0, "stop": None, "step": 1}
    plain, named = _plain_and_named(arguments)
    names = ["stop"] if len(plain) == 1 else ["start", "stop", "step"]
    for name, text in zip(names, plain, strict=False):
        bounds[name] = _scalar(text)
    for name, text in named.items():
        bounds[name] = _scalar(text)
    return bounds["start"], bounds["stop"], bounds["step"]


def _tagged(arguments: list[str], takes_end: bool) -> Entry:
    """Convert `tag(log, …)`; other tags have no effect."""
    *tags, swept = arguments
    inner = entry(swept, takes_end=takes_end)
    is_log = "log" in [tag.strip() for tag in tags]
    distribution = inner.get("distribution")
    if is_log and distribution == "int_uniform":
        return {**inner, "distribution": "q_log_uniform_values", "q": 1}
    if is_log and distribution == "uniform":
        return {**inner, "distribution": "log_uniform_values"}
    return inner


def _cast(name: str, inner: Entry) -> Entry:
    """Convert `int(…)`, `float(…)`, `str(…)` or `bool(…)` of a sweep or a value."""
    if "min" in inner:
        return _integers(inner) if name == "int" else inner
    cast = _CASTS[name]
    if "values" in inner:
        return {"values": [cast(value) for value in inner["values"]]}
    return {"value": cast(inner["value"])}


def _integers(numbers: Entry) -> Entry:
    """Return the integers between the bounds of a distribution of numbers."""
    bounds = {"min": int(numbers["min"]), "max": int(numbers["max"])}
    if "log" in numbers["distribution"]:
        return {"distribution": "q_log_uniform_values", **bounds, "q": 1}
    return {"distribution": "int_uniform", **bounds}


def _bounds(arguments: list[str]) -> tuple[Any, Any]:
    """Return the ends of an interval, which may be written as `start=…, end=…`.

    Raises:
        NotConvertible: they are not two numbers.
    """
    ends = [_scalar(argument.rpartition("=")[2]) for argument in arguments]
    are_numbers = all(isinstance(end, int | float) for end in ends)
    if len(ends) != 2 or not are_numbers:
        raise NotConvertible(f"interval({', '.join(arguments)}) is not two numbers")
    low, high = ends
    return low, high


def _scalar(text: str) -> Any:
    """Return a value of Hydra's grammar.

    Raises:
        NotConvertible: the text is not in the grammar.
    """
    try:
        return hydra_text.value(text)
    except ValueError as error:
        raise NotConvertible(str(error)) from error


def _closes_at_end(text: str) -> bool:
    """Whether the first opening bracket is closed by the last character."""
    last = len(text) - 1
    depth = 0
    for position, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position == last
    return False
