"""A study given as Python values instead of a file: `sweep.run({"trainer": …, "metric": …})`.

The values are written as YAML and read back, so that they mean what the same study file would mean.
Types that YAML lacks are converted: tuples, ranges and arrays become lists, NumPy's numbers become
numbers, paths become text, and an enum member becomes its value. Messages name a key's path instead
of its line.
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
from sweep.document import Document, KeyPath, dotted
from sweep.errors import StudyFileError, Violation
from sweep.yaml_values import MAX_DEPTH

NAME = "sweep.run"  # what messages call it

_PLAIN = (str, int, float, bool, type(None))


def document(values: Mapping[str, Any]) -> Document:
    """Convert values to a document without lines.

    Raises:
        StudyFileError: a key is not text, or a study file cannot hold a value.
    """
    violations: list[Violation] = []
    plain = _mapping(values, (), violations)
    if violations:
        raise StudyFileError(NAME, violations)
    try:
        read = yaml_file.parse(yaml_file.dump(plain), NAME)
    except StudyFileError as error:
        raise StudyFileError(NAME, map(_without_line, error.violations)) from None
    without_lines = tuple(map(_without_line, read.violations))
    return replace(read, lines={(): 0}, violations=without_lines)


def anchored(values: Mapping[str, Any], here: Path) -> Mapping[str, Any]:
    """Make the file names of a trainer or a command absolute.

    The study file of a study given in Python is in the study's folder, and relative paths would
    start there.

    Args:
        here: the folder that the given paths start from.
    """
    absolute = dict(values)
    trainer = absolute.get("trainer")
    if isinstance(trainer, str) and trainer.rpartition(":")[0].endswith(".py"):
        absolute["trainer"] = str(here / Path(trainer).expanduser())
    command = absolute.get("command")
    if isinstance(command, Mapping):
        program = command.get("program")
        program_entry = {} if program is None else {"program": str(here / program)}
        absolute["command"] = {
            **command,
            "run": _placed(command.get("run"), here),
            **program_entry,
        }
    elif command is not None:
        absolute["command"] = _placed(command, here)
    return absolute


def _placed(command: Any, here: Path) -> Any:
    """The command with absolute paths for its words that name an existing file."""
    words = shlex.split(command) if isinstance(command, str) else command
    if not isinstance(words, list | tuple):
        return command
    is_file = [
        isinstance(word, str | PurePath) and (here / word).is_file() for word in words
    ]
    placed = [
        str(here / word) if exists else word
        for word, exists in zip(words, is_file, strict=True)
    ]
    return placed if isinstance(command, list | tuple) or any(is_file) else command


def _without_line(violation: Violation) -> Violation:
    return replace(violation, line=0)


def _mapping(
    values: Mapping[Any, Any], path: KeyPath, violations: list[Violation]
) -> dict[str, Any]:
    """A mapping with texts as keys; another key is a violation."""
    plain = {}
    for key, value in values.items():
        if isinstance(key, int | float) and not isinstance(key, bool):
            # `health.milestones.at` has numbers as keys, which YAML reads as text.
            key = str(key)
        if not isinstance(key, str):
            key_text, kind = dotted(path), type(key).__name__
            violations.append(
                Violation(
                    0, key_text, f"the key {key!r} is of type {kind}", "keys are text"
                )
            )
            continue
        plain[str(key)] = _value(value, (*path, key), violations)
    return plain


def _value(value: Any, path: KeyPath, violations: list[Violation]) -> Any:
    """Convert a value to YAML's types; report a value that has no form in YAML."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, _PLAIN):
        return _builtin(value)
    if len(path) > MAX_DEPTH:
        violations.append(
            Violation(0, dotted(path), f"is nested more than {MAX_DEPTH} levels deep")
        )
    elif isinstance(value, Mapping):
        return _mapping(value, path, violations)
    elif isinstance(value, list | tuple | range):
        return [
            _value(each, (*path, index), violations) for index, each in enumerate(value)
        ]
    elif isinstance(value, Set):
        violations.append(
            Violation(0, dotted(path), f"{value!r} has no order", "a list")
        )
    else:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        allowed = "a number, text, true or false, None, a list or a dict"
        violations.append(Violation(0, dotted(path), f"{value!r} is a {kind}", allowed))
    return None


def _builtin(value: Any) -> Any:
    """A number or text without the subclass it came in."""
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
