"""Make text from a study safe for a terminal or a page: no control characters.

Names of arms, metrics and classes, errors and notices come from a study file or a trainer, possibly
somebody else's. An escape sequence could change the screen, set the clipboard, or type for the
user; a bidirectional override could reorder digits.
"""

from __future__ import annotations

import json
import re
from typing import Any

SHOWN = "␦"
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_OBEYED = re.compile(f"[{_CONTROL}\t\n]")
_OBEYED_IN_LINES = re.compile(f"[{_CONTROL}]")
_NOT_ASCII = re.compile(r"[^\x00-\x7e]")


def clean(text: str) -> str:
    """One line of text with each control character replaced by ␦."""
    return _OBEYED.sub(SHOWN, text)


def clean_lines(text: str) -> str:
    """The same for several lines; line breaks and tabs stay."""
    return _OBEYED_IN_LINES.sub(SHOWN, text)


def clean_values(value: Any) -> Any:
    """JSON values with each text as one clean line."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean_values(key): clean_values(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean_values(inner) for inner in value]
    return value


def safe_json(text: str) -> str:
    """JSON with control characters escaped in its strings; line breaks stay."""
    return _OBEYED_IN_LINES.sub(lambda found: json.dumps(found[0])[1:-1], text)


def ascii_json(text: str) -> str:
    """The same JSON in ASCII."""
    return _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
