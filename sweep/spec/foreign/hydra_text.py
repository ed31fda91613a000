"""Parse Hydra's values: numbers, `null`, strings with and without quotes, lists and mappings.

The grammar is not YAML: `None` and `010` are strings, `{a:1}` needs no space, `1_000` is a number.
Source: https://hydra.cc/docs/advanced/override_grammar/basic/.
"""

from __future__ import annotations

import re
from typing import Any

_WHOLE = re.compile(r"[+-]?(?:0|[1-9](?:_?\d)*)")
_NUMBER = re.compile(
    r"[+-]?(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:e[+-]?\d(?:_?\d)*)?|[+-]?(?:inf|nan)",
    re.IGNORECASE,
)
_HAS_POINT = re.compile(r"[.e]|inf|nan", re.IGNORECASE)
_WORDS = {"null": None, "true": True, "false": False}
_QUOTED = re.compile(r"'.*'|\".*\"", re.DOTALL)


def value(text: str) -> Any:
    """Parse a value as Hydra does.

    Raises:
        ValueError: a mapping is not `{key: value}`, or a bracket is not closed.
    """
    text = text.strip()
    if _QUOTED.fullmatch(text):
        return re.sub(rf"\\({text[0]})", r"\1", text[1:-1]).replace("\\\\", "\\")
    if text[:1] in ("[", "{"):
        return _collection(text)
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and _HAS_POINT.search(text):
        return float(text)
    return re.sub(r"\\([\\()\[\]{}:=, \t])", r"\1", text)


def _collection(text: str) -> Any:
    """Parse a list or a mapping.

    Raises:
        ValueError: a bracket is not closed, or an item of a mapping has no colon.
    """
    closing = "]" if text[0] == "[" else "}"
    if not text.endswith(closing):
        raise ValueError(f"{text!r} does not end with {closing}")
    parts = split(text[1:-1]) if text[1:-1].strip() else []
    if closing == "]":
        return [value(part) for part in parts]
    mapping = {}
    for part in parts:
        key, colon, inner = part.partition(":")
        if not colon:
            raise ValueError(f"{part.strip()!r} in {text} is not key: value")
        mapping[str(value(key))] = value(inner)
    return mapping


def split(text: str) -> list[str]:
    """Split at commas outside brackets and quotes that are not escaped by a backslash."""
    parts, depth, quote, start, escaped = [], 0, "", 0, False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
