"""Passwords, keys and tokens have no place in a study: all of it is kept, copied and shown.

What a study file, `--set` or `--storage` says is written to the log, to each trial's folder, to
reports and trackers, and to the storage. A secret among it is refused before anything is written;
the trainer reads it from its environment instead, which is never recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sweep.errors import UsageError

# Whole words of a name: `api_key` and `--auth-token`, not `max_tokens`, `token_dropout`, `key_dim`.
_NAMES = (
    r"api[_-]?key|access[_-]?key([_-]?id)?|secret([_-]?(access[_-]?)?key)?|private[_-]?key"
    r"|client[_-]?secret|passw(or)?d|passphrase|credentials?|(auth|access|bearer|api|session|security)[_-]?token"
)
_LOOKS_SECRET = re.compile(rf"(^|[._/-])({_NAMES})$", re.IGNORECASE)
_ARGUMENT = re.compile(rf"^-{{0,2}}([\w.-]*[._-])?({_NAMES})=(?P<value>.+)", re.IGNORECASE)
_PASSWORD_IN_URI = re.compile(r"\w+://[^/@\s]*:[^/@\s]+@")
_MACRO = re.compile(r"^\$\{.*\}$|^\$\w+$")  # filled in from elsewhere


def looks_secret(name: str) -> bool:
    """Whether a key, parameter or environment variable is named like a secret."""
    return _LOOKS_SECRET.search(name) is not None


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that may be written down."""
    return {
        name: value
        for name, value in environment.items()
        if not looks_secret(name) and not _PASSWORD_IN_URI.search(value)
    }


def refuse(content: Any, what: str) -> None:
    """Refuse JSON values among which there is a secret.

    Args:
        content: e.g. a study's canonical form, or the URI of a storage.
        what: names it in the message.

    Raises:
        UsageError: names the key and never the value.
    """
    for key in _secrets(content, "its URI"):
        raise UsageError(
            f"{what}: {key} holds a secret by its looks. Everything a study is told is kept in its "
            f"log, its trials' folders and its reports. Take it out, and let the trainer read it "
            f"from an environment variable; credentials of a storage belong in its own "
            f"configuration (AWS_PROFILE, ~/.aws/credentials)"
        )


def _secrets(value: Any, name: str) -> Iterator[str]:
    """The names of what holds a secret; `name` is that of the nearest key above `value`."""
    if isinstance(value, Mapping):
        inside = value.get("domain") is not None  # a parameter, in a study's canonical form
        for key, item in value.items():
            if inside and key not in ("value", "choices"):
                continue
            yield from _secrets(item, name if inside else str(key))
    elif isinstance(value, str):
        if _is_secret(value, name):
            yield name
    elif isinstance(value, Sequence):
        for item in value:
            yield from _secrets(item, name)


def _is_secret(value: str, name: str) -> bool:
    if _PASSWORD_IN_URI.search(value):
        return True
    argument = _ARGUMENT.match(value)
    if argument is not None:
        return not _MACRO.match(argument["value"])
    return looks_secret(name) and value != "" and not _MACRO.match(value)
