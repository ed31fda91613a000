"""Read JSON files with comments and trailing commas, as editors write them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sweep import yaml_file
from sweep.document import Document

# A string is matched first, so that `//` inside a string (a URL) is not taken for a comment.
_TEXT_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TEXT_OR_LAST_COMMA = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])')


class NotJson(ValueError):
    """A file that cannot be read as JSON; the message names its line."""


def read(path: Path) -> Any:
    """Read a file.

    Raises:
        NotJson: the file cannot be read, or is not JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotJson(f"{path} cannot be read: {error}") from error
    return parse(text, str(path))


def document(path: Path) -> Document:
    """A study file, or another tool's: YAML, or JSON with comments and trailing commas.

    Raises:
        StudyFileError: see `sweep.yaml_file.read`.
    """
    if path.suffix.lower() != ".json":
        return yaml_file.read(path)
    return yaml_file.parse(plain(yaml_file.text_of(path)), str(path))


def parse(text: str, name: str = "<text>") -> Any:
    """Parse a text; messages call it `name`.

    Raises:
        NotJson: the text is not JSON.
    """
    try:
        return json.loads(plain(text))
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        reason = getattr(error, "msg", str(error))
        raise NotJson(f"{name}:{line}: is not JSON: {reason}") from error


def plain(text: str) -> str:
    """The text without comments and trailing commas; every line keeps its number."""
    without_comments = _TEXT_OR_COMMENT.sub(_without_comment, text)
    return _TEXT_OR_LAST_COMMA.sub(_without_comma, without_comments)


def _without_comment(match: re.Match[str]) -> str:
    """A string as it is; of a comment its line ends, so that messages name the right line."""
    return match[0] if match[0].startswith('"') else "\n" * match[0].count("\n")


def _without_comma(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith('"') else ""
