"""What `sweep init` could not know, and marked: a study file is not run before it is filled in."""

from __future__ import annotations

import re

from sweep.document import Document, dotted
from sweep.errors import Violation

MARK = "CHANGE"
_MARKED = re.compile(rf"\s#\s*{MARK}\b:?\s*(?P<what>.*)$")


def violations(document: Document) -> list[Violation]:
    """A violation for each line whose comment says CHANGE; a line that is a comment
    does not count.
    """
    found = []
    for number, line in enumerate(document.text.splitlines(), start=1):
        match = _MARKED.search(line)
        if match is None or line.lstrip().startswith("#"):
            continue
        key = _key(document, number)
        allowed = f"set it, and take {MARK} out of the comment"
        found.append(
            Violation(number, key, f"is still to be set: {match['what']}", allowed)
        )
    return found


def _key(document: Document, number: int) -> str:
    """The outermost key that stands in a line."""
    there = [path for path, line in document.lines.items() if line == number and path]
    return dotted(min(there, key=len)) if there else ""
