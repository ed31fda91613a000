"""Lines of a study file: a value in YAML on one line, and comments in a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sweep import yaml_file

_COLUMN = 44  # the column of comments
_WIDTH = 118  # the longest line of a wrapped comment


def commented(text: str, comment: str) -> str:
    """Return the text with a comment after it; the text alone if the comment is empty."""
    if not comment:
        return text
    return f"{text:<{_COLUMN}} # {comment}"


def one_line(value: Any) -> str:
    """Return a value in YAML on one line."""
    if isinstance(value, dict):
        entries = [
            f"{one_line(key)}: {one_line(entry)}" for key, entry in value.items()
        ]
        return f"{{{', '.join(entries)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(one_line, value))}]"
    # In a list, so that the value is quoted as YAML needs it between brackets.
    text = " ".join(yaml_file.dump({"k": [value]}).split())
    return text.removeprefix("k: [").removesuffix("]")


def wrapped(head: str, names: Sequence[str]) -> Iterator[str]:
    """Yield a comment that lists the names, on as many lines as it needs."""
    line = head
    for name in names:
        if len(line) + len(name) > _WIDTH:
            yield line.rstrip()
            line = "#   "
        line += name
        if name != names[-1]:
            line += ", "
    yield line
