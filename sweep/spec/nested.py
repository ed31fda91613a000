"""Groups of parameters, nested as in W&B: `optimizer: {parameters: {lr: {min: …, max: …}}}`.

The group's name is prefixed to a parameter's name: `optimizer.lr` is its key in a trainer's
configuration, in `when`, in arms and in tables. A command gets nested mappings, as from W&B
(`command.nested`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sweep.document import Document, KeyPath, dotted
from sweep.errors import Violation

_GROUP = "parameters"


def flat(document: Document) -> tuple[Document, list[Violation]]:
    """Flatten the groups of a document; every key keeps its line.

    Returns:
        The document without groups, and what is wrong with the groups.
    """
    parameters = document.data.get(_GROUP)
    if not isinstance(parameters, dict) or not any(map(_is_group, parameters.values())):
        return document, []
    flattened = _Flattened(document)
    flattened.take(parameters, "", (_GROUP,))
    data = {**document.data, _GROUP: flattened.parameters}
    command = data.get("command")
    if isinstance(command, str | list):
        command = {"run": command}
    if isinstance(command, dict):
        data["command"] = {"nested": flattened.groups, **command}
    return replace(document, data=data, lines=flattened.lines), flattened.violations


def _is_group(entry: Any) -> bool:
    """Whether an entry is a group of parameters."""
    return isinstance(entry, dict) and _GROUP in entry


class _Flattened:
    """The parameters of all groups, in file order."""

    def __init__(self, document: Document):
        self.document = document
        self.parameters: dict[str, Any] = {}
        self.groups: list[str] = []
        self.violations: list[Violation] = []
        self.lines: dict[KeyPath, int] = dict(document.lines)

    def take(self, entries: Mapping[str, Any], group: str, path: KeyPath) -> None:
        """Add the parameters of a group and of the groups inside it."""
        for name, entry in entries.items():
            key_path, full_name = (*path, name), f"{group}{name}"
            if _is_group(entry):
                self._group(entry, full_name, key_path)
                continue
            if full_name in self.parameters:
                self._add_violation(
                    key_path,
                    f"there is already a parameter {full_name!r}",
                    "another name",
                )
                continue
            self.parameters[full_name] = entry
            for line_path, line in self.document.lines.items():
                if line_path[: len(key_path)] == key_path:
                    self.lines[(_GROUP, full_name, *line_path[len(key_path) :])] = line

    def _group(
        self, entry: Mapping[str, Any], full_name: str, key_path: KeyPath
    ) -> None:
        """Flatten one group; its parameters have dotted names."""
        for key in entry:
            if key not in (_GROUP, "description"):
                allowed = "it belongs to one of the parameters below"
                self._add_violation((*key_path, key), f"is next to `{_GROUP}`", allowed)
        inner = entry[_GROUP]
        if not isinstance(inner, dict) or not inner:
            example = f"{full_name}: {{{_GROUP}: {{lr: 0.1}}}}"
            self._add_violation((*key_path, _GROUP), "has no parameters", example)
            return
        self.groups.append(full_name)
        self.take(inner, f"{full_name}.", (*key_path, _GROUP))

    def _add_violation(self, path: KeyPath, problem: str, allowed: str) -> None:
        """Add a violation at a key, with its line in the file."""
        line = self.document.line_of(path)
        self.violations.append(Violation(line, dotted(path), problem, allowed))
