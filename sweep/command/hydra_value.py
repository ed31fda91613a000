"""Write a value for Hydra's command line: `null`, `[1,2]`, `{a:1}`, `'a,b'`.

In Python's notation, None would reach the program as the text "None", and a text with a comma as a
sweep. Source: https://hydra.cc/docs/advanced/override_grammar/basic/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_/.][\w/.:@+*%-]*")
_OTHER_TYPE = re.compile(r"null|true|false|nan|inf|\.\d.*", re.IGNORECASE)
_BEFORE_QUOTE = re.compile(r"(\\*)('|$)")


def text(value: Any) -> str:
    """The value after `=` in an override."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return (
            "{" + ",".join(f"{key}:{text(inner)}" for key, inner in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ",".join(text(inner) for inner in value) + "]"
    if isinstance(value, str):
        return _string(value)
    return str(value)


def _string(value: str) -> str:
    """The text, in quotes if Hydra would otherwise read something else."""
    if _PLAIN.fullmatch(value) and not _OTHER_TYPE.fullmatch(value):
        return value
    return "'" + _BEFORE_QUOTE.sub(_escaped, value) + "'"


def _escaped(match: re.Match[str]) -> str:
    """Double backslashes before a quote, where alone they have a meaning."""
    return match[1] * 2 + ("\\'" if match[2] else "")
