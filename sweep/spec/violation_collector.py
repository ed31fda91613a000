"""Collects the violations and notes of one document, so that one pass reports all of them."""

from __future__ import annotations

from collections.abc import Iterable

from sweep.document import Document, KeyPath, dotted
from sweep.errors import MOST_LISTED, StudyFileError, Violation

_MOST_COLLECTED = 2 * MOST_LISTED


class ViolationCollector:
    """What is wrong with a document, and what its reader should know.

    Attributes:
        document: names the file and the line of every key.
        violations: what is wrong.
        notes: sentences that start with file, line and key.
    """

    def __init__(
        self, document: Document, notes: Iterable[str], violations: Iterable[Violation]
    ):
        self.document = document
        self.notes = list(notes)
        self.violations = list(violations)[:_MOST_COLLECTED]

    def add(self, violations: Iterable[Violation]) -> None:
        """Add violations that know their line."""
        self.violations += violations

    def add_violation(self, path: KeyPath, problem: str, allowed: str = "") -> None:
        """Add a violation, unless the same one was added before.

        Raises:
            StudyFileError: with the violations so far, when they are twice as many as a message
                lists. Nobody reads more, and finding the rest would take long.
        """
        line = self.document.line_of(path) if path else 0
        violation = Violation(line, dotted(path), problem, allowed)
        if violation not in self.violations:
            self.violations.append(violation)
        if len(self.violations) > _MOST_COLLECTED:
            self.raise_violations()

    def note(self, path: KeyPath, text: str) -> None:
        """Add a note on a key."""
        line = self.document.line_of(path)
        location = f"{self.document.name}:{line}" if line else self.document.name
        self.notes.append(f"{location}: {dotted(path)}: {text}")

    def raise_violations(self) -> None:
        """Raise `StudyFileError` if there is a violation."""
        if self.violations:
            raise StudyFileError(self.document.name, self.violations)
