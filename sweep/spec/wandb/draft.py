"""The study file's document in the making."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from sweep.document import Document, Path_, dotted
from sweep.errors import Violation


class Draft:
    """What was converted so far.

    Attributes:
        source: the W&B file.
        here: the folder the user stands in; None: a folder that was recorded is `recorded`.
        data, lines: the study file's document.
        nested: groups of parameters that the program gets as mappings.
        notes: what means something else here, or nothing.
        violations: what cannot be honoured; keys are those of the W&B file.
    """

    def __init__(self, source: Document, here: Path):
        self.source = source
        self.here = here
        self.data: dict[str, Any] = {}
        self.lines: dict[Path_, int] = {}
        self.nested: list[str] = []
        self.notes: list[str] = []
        self.violations: list[Violation] = []
        self._below: defaultdict[Path_, list[Path_]] = defaultdict(list)
        for path in source.lines:
            for end in range(1, len(path) + 1):
                self._below[path[:end]].append(path)

    @property
    def beside(self) -> Path:
        """The folder of the W&B file."""
        return Path(self.source.name).resolve().parent

    def note(self, path: Path_, text: str) -> None:
        """Say what a key of the W&B file means here."""
        line = self.source.line_of(path)
        self.notes.append(f"{self.source.name}:{line}: {dotted(path)}: {text}")

    def complain(self, path: Path_, problem: str, allowed: str = "") -> None:
        """Say what is wrong with a key of the W&B file."""
        line = self.source.line_of(path)
        self.violations.append(Violation(line, dotted(path), problem, allowed))

    def put(self, path: Path_, value: Any, source: Path_) -> None:
        """A value at `path` of the study file that stands at `source` of the W&B file."""
        place: Any = self.data
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
        for known in self._below[source]:
            self.lines[*path, *known[len(source) :]] = self.source.lines[known]

    def copy(self, key: str) -> None:
        """Take a top-level key over as it is, if it is there."""
        if key in self.source.data:
            self.put((key,), self.source.data[key], (key,))
