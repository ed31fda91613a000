"""JSON as people keep configurations in it: with `//` comments."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

# A text is matched first, so that `//` in it (a URL) is no comment.
_TEXT_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*')


class NotJson(ValueError):
    """A file that cannot be read as JSON; the message names its line."""


def read(path: Path) -> Any:
    """What a file holds.

    Raises:
        NotJson: there is no such file, or it is not JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotJson(f"{path} cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str = "<text>") -> Any:
    """What a text holds; `name` is what messages call it.

    Raises:
        NotJson: it is not JSON.
    """
    plain = _TEXT_OR_COMMENT.sub(_without_comment, text)
    try:
        return json.loads(plain)
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        reason = getattr(error, "msg", str(error))
        raise NotJson(f"{name}:{line}: is not JSON: {reason}") from error


def _without_comment(match: re.Match[str]) -> str:
    return "" if match[0].startswith("//") else match[0]
