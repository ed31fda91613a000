"""Hydra's sweep overrides: `choice(a, b)`, `range(1, 4)`, `tag(log, interval(1e-5, 1e-2))`, `1,2,3`.

Source of the grammar: https://hydra.cc/docs/advanced/override_grammar/extended/.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from sweep.errors import StudyFileError
from sweep.yaml_file import scalar

Entry = dict[str, Any]
_CALL = re.compile(r"^(\w+)\((.*)\)$", re.DOTALL)
_MOST_LISTED = 12  # values of a range that are listed one by one
_CASTS: Mapping[str, Any] = {"int": int, "float": float, "str": str, "bool": bool}


class NoMeaning(ValueError):
    """An override that a study file cannot say; the message says why."""


def entry(override: Any) -> Entry:
    """A parameter of a study file for what stands behind a name in `hydra.sweeper.params`.

    Raises:
        NoMeaning: it is `glob(…)`, or not of Hydra's grammar.
    """
    if not isinstance(override, str):
        return {"values": override} if isinstance(override, list) else {"value": override}
    text = override.strip()
    call = _CALL.match(text)
    if call is not None and _closes_at_end(text):
        return _called(call[1], _split(call[2]))
    parts = _split(text)
    if len(parts) > 1:
        return {"values": [_scalar(part) for part in parts]}
    return {"value": _scalar(text)}


def _called(name: str, arguments: list[str]) -> Entry:
    if name == "choice":
        return {"values": [_scalar(argument) for argument in arguments]}
    if name == "range":
        return _range(arguments)
    if name == "interval":
        low, high = _bounds(arguments)
        return {"distribution": "uniform", "min": low, "max": high}
    if name == "tag":
        return _tagged(arguments)
    if name in _CASTS:
        return _cast(name, entry(arguments[0]))
    if name in ("shuffle", "sort"):
        return entry(",".join(arguments) if len(arguments) > 1 else arguments[0])
    if name == "glob":
        raise NoMeaning("glob takes every configuration file there is: name them, choice(a, b)")
    raise NoMeaning(f"{name}(…) is no sweep of Hydra: choice, range, interval, tag or a list")


def _range(arguments: list[str]) -> Entry:
    shown = f"range({', '.join(arguments)})"
    start, stop, step = _range_bounds(arguments)
    numbers = [isinstance(number, int | float) for number in (start, stop, step)]
    if not all(numbers) or step <= 0:
        raise NoMeaning(f"{shown} is not start, stop and a step above 0")
    # As Python's range, without its end.
    count = math.ceil((stop - start) / step - 1e-9)
    values = [round(start + i * step, 12) for i in range(count)]
    if not values:
        raise NoMeaning(f"{shown} is empty")
    if count <= _MOST_LISTED:
        return {"values": values}
    return {"distribution": "q_uniform", "min": values[0], "max": values[-1], "q": step}


def _range_bounds(arguments: list[str]) -> tuple[Any, Any, Any]:
    """`range(4)`, `range(1, 4)`, `range(1, 4, 2)`, `range(start=1, stop=4, step=2)`."""
    bounds: dict[str, Any] = {"start": 0, "stop": None, "step": 1}
    plain = [argument for argument in arguments if "=" not in argument]
    names = ("stop",) if len(plain) == 1 else ("start", "stop", "step")
    bounds |= {name: _scalar(argument) for name, argument in zip(names, plain, strict=False)}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals:
            bounds[name.strip()] = _scalar(value)
    return bounds["start"], bounds["stop"], bounds["step"]


def _tagged(arguments: list[str]) -> Entry:
    inner = entry(arguments[-1])
    tags = [argument.strip() for argument in arguments[:-1]]
    if "log" not in tags or "min" not in inner:
        return inner
    whole = inner["distribution"] in ("int_uniform", "q_uniform")
    kind = "q_log_uniform_values" if whole else "log_uniform_values"
    return {**inner, "distribution": kind, **({"q": inner.get("q", 1)} if whole else {})}


def _cast(name: str, inner: Entry) -> Entry:
    if "min" in inner:
        if name != "int":
            return inner
        log = "log" in inner["distribution"]
        bounds = {"min": int(inner["min"]), "max": int(inner["max"])}
        if log:
            return {"distribution": "q_log_uniform_values", **bounds, "q": 1}
        return {"distribution": "int_uniform", **bounds}
    cast = _CASTS[name]
    if "values" in inner:
        return {"values": [cast(value) for value in inner["values"]]}
    return {"value": cast(inner["value"])}


def _bounds(arguments: list[str]) -> tuple[Any, Any]:
    plain = [_scalar(argument.rpartition("=")[2]) for argument in arguments]
    if len(plain) != 2 or not all(isinstance(number, int | float) for number in plain):
        raise NoMeaning(f"interval({', '.join(arguments)}) is not two numbers")
    return plain[0], plain[1]


def _scalar(text: str) -> Any:
    try:
        return scalar(text.strip())
    except StudyFileError as error:
        raise NoMeaning(f"{text.strip()!r} is not a value") from error


def _closes_at_end(text: str) -> bool:
    """Whether the bracket that opens first is the one that closes last."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ")":
            return position == len(text) - 1
    return False


def _split(text: str) -> list[str]:
    """The parts between commas that stand in no brackets and no quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
