"""Arms from a file: `ablation.designs.arms: {from: configs.json}`, a list of configurations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sweep.document import Document, KeyPath, dotted
from sweep.errors import Violation
from sweep.spec import json_file

_AT: KeyPath = ("ablation", "designs", "arms")
_NAMES = ("name", "arm", "id", "title")


def with_listed_arms(
    document: Document, base: Path
) -> tuple[Document, list[Violation]]:
    """Read the arms of the file that a document names into the document.

    The file holds a list of mappings, or a mapping of names to them; `//` comments are allowed. An
    arm's name is its key `name`, else `config_0`, `config_1` and so on.

    Args:
        base: folder of the study file.
    """
    arms = _inside(document.data, _AT)
    if (
        not isinstance(arms, dict)
        or set(arms) != {"from"}
        or not isinstance(arms["from"], str)
    ):
        return document, []
    key_path: KeyPath = (*_AT, "from")
    line = document.line_of(key_path)
    path = base / arms["from"]
    try:
        configurations = _arms(json_file.read(path))
    except ValueError as error:
        violation = Violation(
            line, dotted(key_path), str(error), "a list of mappings, e.g. [{…}, {…}]"
        )
        return document.replaced(_AT, {}, line), [violation]
    return document.replaced(_AT, configurations, line), []


def _inside(data: dict[str, Any], path: KeyPath) -> Any:
    """The value at a path of a file; None if there is none."""
    value: Any = data
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _arms(content: Any) -> dict[str, dict[str, Any]]:
    """The configurations of a file with their names: a mapping, or a list."""
    if isinstance(content, dict) and all(
        isinstance(arm, dict) for arm in content.values()
    ):
        return {str(name): dict(arm) for name, arm in content.items()}
    if not isinstance(content, list) or not content:
        raise ValueError("does not hold a list of configurations")
    arms: dict[str, dict[str, Any]] = {}
    for position, configuration in enumerate(content):
        if not isinstance(configuration, dict):
            raise ValueError(f"entry {position} is {configuration!r}, not a mapping")
        name, settings = _named(configuration, position)
        if name in arms:
            raise ValueError(f"two configurations are called {name!r}")
        arms[name] = settings
    return arms


def _named(configuration: dict[str, Any], position: int) -> tuple[str, dict[str, Any]]:
    """A configuration's name, and the configuration without it."""
    for key in _NAMES:
        if isinstance(configuration.get(key), str):
            rest = {name: value for name, value in configuration.items() if name != key}
            return configuration[key], rest
    return f"config_{position}", dict(configuration)
