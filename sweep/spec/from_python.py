"""A study given as Python values in place of a file: `sweep.run({"trainer": …, "metric": …})`.

The values are written as the YAML of a study file and read from it, so that they mean what the same
file would mean. What Python has beyond YAML is brought to what YAML has: tuples, ranges and arrays
are lists, NumPy's numbers are numbers, paths and enum members are text or their value. Messages
name the path of a key in place of a line.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Set
from dataclasses import replace
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from sweep import yaml_file
from sweep.document import Document, Path_, dotted
from sweep.errors import StudyFileError, Violation
from sweep.yaml_values import MAX_DEPTH

NAME = "sweep.run"  # what messages call it

_PLAIN = (str, int, float, bool, type(None))


def document(values: Mapping[str, Any]) -> Document:
    """The document that says the same; no key of it has a line.

    Raises:
        StudyFileError: a key is no text, or a value is nothing that a study file could hold.
    """
    wrong: list[Violation] = []
    plain = _mapping(values, (), wrong)
    if wrong:
        raise StudyFileError(NAME, wrong)
    try:
        read = yaml_file.parse(yaml_file.dump(plain), NAME)
    except StudyFileError as error:
        raise StudyFileError(NAME, map(_without_line, error.violations)) from None
    found = tuple(map(_without_line, read.violations))
    return replace(read, lines={(): 0}, violations=found)


def anchored(values: Mapping[str, Any], here: Path) -> Mapping[str, Any]:
    """The values with the files that a trainer or a command names as absolute paths.

    A study given in Python has its file in its own folder, and relative paths start from that.

    Args:
        here: the folder that the paths start from as they were given.
    """
    found = dict(values)
    named = found.get("trainer")
    if isinstance(named, str) and named.rpartition(":")[0].endswith(".py"):
        found["trainer"] = str(here / Path(named).expanduser())
    command = found.get("command")
    if isinstance(command, Mapping):
        program = command.get("program")
        own = {} if program is None else {"program": str(here / program)}
        found["command"] = {**command, "run": _placed(command.get("run"), here), **own}
    elif command is not None:
        found["command"] = _placed(command, here)
    return found


def _placed(command: Any, here: Path) -> Any:
    """A command, as text or as a list of words, with absolute paths for files that are there."""
    words = shlex.split(command) if isinstance(command, str) else command
    if not isinstance(words, list | tuple):
        return command
    is_file = [
        isinstance(word, str | PurePath) and (here / word).is_file() for word in words
    ]
    placed = [
        str(here / word) if found else word
        for word, found in zip(words, is_file, strict=True)
    ]
    return placed if isinstance(command, list | tuple) or any(is_file) else command


def _without_line(violation: Violation) -> Violation:
    return replace(violation, line=0)


def _mapping(
    values: Mapping[Any, Any], at: Path_, wrong: list[Violation]
) -> dict[str, Any]:
    plain = {}
    for key, value in values.items():
        if isinstance(key, int | float) and not isinstance(key, bool):
            key = str(
                key
            )  # the fractions of `health.milestones.at`; keys are words in YAML too
        if not isinstance(key, str):
            path, kind = dotted(at), type(key).__name__
            wrong.append(
                Violation(
                    0, path, f"the key {key!r} is of type {kind}", "keys are text"
                )
            )
            continue
        plain[str(key)] = _value(value, (*at, key), wrong)
    return plain


def _value(value: Any, at: Path_, wrong: list[Violation]) -> Any:
    """A value as YAML has it; one that it has no form for is complained about."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, _PLAIN):
        return _builtin(value)
    if len(at) > MAX_DEPTH:
        wrong.append(
            Violation(0, dotted(at), f"lies more than {MAX_DEPTH} levels deep")
        )
    elif isinstance(value, Mapping):
        return _mapping(value, at, wrong)
    elif isinstance(value, list | tuple | range):
        return [_value(each, (*at, index), wrong) for index, each in enumerate(value)]
    elif isinstance(value, Set):
        wrong.append(Violation(0, dotted(at), f"{value!r} has no order", "a list"))
    else:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        allowed = "a number, text, true or false, None, a list or a dict"
        wrong.append(Violation(0, dotted(at), f"{value!r} is a {kind}", allowed))
    return None


def _builtin(value: Any) -> Any:
    """A number or text without the subclass it came in."""
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
