"""Groups of parameters, as W&B nests them: `optimizer: {parameters: {lr: {min: …, max: …}}}`.

A parameter of a group has the group's name before its own, `optimizer.lr`; that is its key in a
trainer's configuration, in `when`, in arms and in tables. A command gets the groups back as W&B
gives them (`command.nested`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sweep.document import Document, Path_, dotted
from sweep.errors import Violation

_GROUP = "parameters"


def flat(document: Document) -> tuple[Document, list[Violation]]:
    """The document without groups, every key with the line it had, and what is wrong with them."""
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
    return isinstance(entry, dict) and _GROUP in entry


class _Flattened:
    """Parameters of all groups, met in the order of the file."""

    def __init__(self, document: Document):
        self.document = document
        self.parameters: dict[str, Any] = {}
        self.groups: list[str] = []
        self.violations: list[Violation] = []
        self.lines: dict[Path_, int] = dict(document.lines)

    def take(self, entries: Mapping[str, Any], group: str, at: Path_) -> None:
        """Take in the parameters of a group, and of the groups in it."""
        for name, entry in entries.items():
            here, full = (*at, name), f"{group}{name}"
            if _is_group(entry):
                self._group(entry, full, here)
                continue
            if full in self.parameters:
                self._complain(
                    here, f"there is already a parameter {full!r}", "another name"
                )
                continue
            self.parameters[full] = entry
            for path, line in self.document.lines.items():
                if path[: len(here)] == here:
                    self.lines[(_GROUP, full, *path[len(here) :])] = line

    def _group(self, entry: Mapping[str, Any], full: str, here: Path_) -> None:
        for key in entry:
            if key not in (_GROUP, "description"):
                allowed = "it belongs to one of the parameters below"
                self._complain((*here, key), f"stands beside `{_GROUP}`", allowed)
        inner = entry[_GROUP]
        if not isinstance(inner, dict) or not inner:
            example = f"{full}: {{{_GROUP}: {{lr: 0.1}}}}"
            self._complain((*here, _GROUP), "holds no parameters", example)
            return
        self.groups.append(full)
        self.take(inner, f"{full}.", (*here, _GROUP))

    def _complain(self, path: Path_, problem: str, allowed: str) -> None:
        line = self.document.line_of(path)
        self.violations.append(Violation(line, dotted(path), problem, allowed))
