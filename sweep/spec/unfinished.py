"""Lines that `sweep init` marked with CHANGE: a study does not run before they are filled in."""

from __future__ import annotations

import re

from sweep.document import Document, dotted
from sweep.errors import Violation

MARK = "CHANGE"
_MARKED = re.compile(rf"\s#\s*{MARK}\b:?\s*(?P<what>.*)$")


def violations(document: Document) -> list[Violation]:
    """A violation for each line that ends in a comment with CHANGE.

    A line that is only a comment does not count.
    """
    unset = []
    for number, line in enumerate(document.text.splitlines(), start=1):
        match = _MARKED.search(line)
        if match is None or line.lstrip().startswith("#"):
            continue
        key = _key(document, number)
        allowed = f"set it, and remove {MARK} from the comment"
        unset.append(
            Violation(number, key, f"is still to be set: {match['what']}", allowed)
        )
    return unset


def _key(document: Document, number: int) -> str:
    """The outermost key on a line."""
    paths = [path for path, line in document.lines.items() if line == number and path]
    return dotted(min(paths, key=len)) if paths else ""
