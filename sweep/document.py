"""The content of a study file as plain values, with the line of every key."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sweep.errors import Violation

KeyPath = tuple[str | int, ...]  # keys and list positions from the root


@dataclass(frozen=True)
class Document:
    """A file's content with the line of every key.

    Attributes:
        name: the file's name in messages.
        data: mappings, lists, text, numbers, booleans and None.
        lines: path → 1-based line; 0 if the value is not from the file.
        text: the text of the file.
        violations: faults that leave the rest readable: duplicate keys (the first is in `data`),
            tags, numbers that are not finite. The code that uses `data` reports them.
        remarks: paths of scalars that YAML 1.1 reads differently from YAML 1.2, each with the
            difference in words; only for a file that was read as YAML 1.1.
    """

    name: str
    data: dict[str, Any]
    lines: Mapping[KeyPath, int] = field(repr=False)
    text: str = field(default="", repr=False)
    violations: tuple[Violation, ...] = ()
    remarks: tuple[tuple[KeyPath, str], ...] = ()

    def line_of(self, path: KeyPath) -> int:
        """Line of a key, or of the nearest enclosing key that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def replaced(self, path: KeyPath, value: Any, line: int) -> Document:
        """A copy with another value at `path`, which gets the line `line`.

        Missing mappings on the way are created.

        Raises:
            KeyError: a value on the way is not a mapping.
        """
        # Other values are shared with this document, since no document changes in place.
        data = dict(self.data)
        section: dict[Any, Any] = data
        for key in path[:-1]:
            below = section.get(key, {})
            if not isinstance(below, dict):
                raise KeyError(dotted(path[:-1]))
            section[key] = section = dict(below)
        before = section.get(path[-1])
        section[path[-1]] = copy.deepcopy(value)
        lines = self.lines
        if isinstance(before, dict | list):
            lines = {p: n for p, n in lines.items() if p[: len(path)] != path}
        return replace(self, data=data, lines={**lines, path: line})


def dotted(path: KeyPath) -> str:
    """`("search", "seeds", 1)` as `search.seeds[1]`."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text
