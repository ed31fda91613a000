"""The study file's document under construction."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from sweep.document import Document, KeyPath, dotted
from sweep.errors import Violation


class Draft:
    """The part of a file that is converted so far.

    Attributes:
        source: the W&B file.
        here: the current folder.
        data, lines: the study file's document.
        nested: groups of parameters that the program gets as mappings.
        notes: keys with another meaning, or no effect, here.
        violations: what cannot be converted; keys are those of the W&B file.
    """

    def __init__(self, source: Document, here: Path):
        self.source = source
        self.here = here
        self.data: dict[str, Any] = {}
        self.lines: dict[KeyPath, int] = {}
        self.nested: list[str] = []
        self.notes: list[str] = []
        self.violations: list[Violation] = []
        self._below: defaultdict[KeyPath, list[KeyPath]] = defaultdict(list)
        for path in source.lines:
            for end in range(1, len(path) + 1):
                self._below[path[:end]].append(path)

    @property
    def beside(self) -> Path:
        """The folder of the W&B file."""
        return Path(self.source.name).resolve().parent

    def note(self, path: KeyPath, text: str) -> None:
        """Add a note on a key of the W&B file."""
        line = self.source.line_of(path)
        self.notes.append(f"{self.source.name}:{line}: {dotted(path)}: {text}")

    def add_violation(self, path: KeyPath, problem: str, allowed: str = "") -> None:
        """Add a violation for a key of the W&B file."""
        line = self.source.line_of(path)
        self.violations.append(Violation(line, dotted(path), problem, allowed))

    def put(self, path: KeyPath, value: Any, source: KeyPath) -> None:
        """Set `path` of the study file to a value that stands at `source` of the W&B file."""
        section: Any = self.data
        for key in path[:-1]:
            section = section.setdefault(key, {})
        section[path[-1]] = value
        for source_path in self._below[source]:
            self.lines[*path, *source_path[len(source) :]] = self.source.lines[
                source_path
            ]

    def copy(self, key: str) -> None:
        """Copy a top-level key unchanged, if it exists."""
        if key in self.source.data:
            self.put((key,), self.source.data[key], (key,))
