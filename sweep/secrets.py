"""Refuse passwords, keys and tokens in a study, since all of it is stored, copied and shown.

The contents of a study file, `--set` and `--storage` are written to the log, to each trial's
folder, to reports, trackers and the storage. A secret is refused before anything is written. Use
`api_key: ${envvar:API_KEY}` instead: the trainer gets the value, but only the text is recorded.

A secret is not masked: it would still be in the study file, the shell's history and the list of
processes, and a study with a mask could not be resumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sweep.errors import UsageError

# `${envvar:NAME}` in a configuration or a command's words is the value of a variable.
ENVIRONMENT_MACRO = "envvar:"
# Whole words of a name: `api_key` and `--auth-token`, not `max_tokens`, `token_dropout`, `key_dim`.
_NAMES = (
    r"api[_-]?key|access[_-]?key([_-]?id)?|secret([_-]?(access[_-]?)?key)?|private[_-]?key"
    r"|client[_-]?secret|passw(or)?d|passphrase|credentials?|(auth|access|bearer|api|session|security"
    r"|refresh|hf|hub|github|gitlab|wandb)[_-]?token"
)
_LOOKS_SECRET = re.compile(rf"(^|[._/-])({_NAMES})$", re.IGNORECASE)
_ARGUMENT = re.compile(
    rf"^-{{0,2}}([\w.-]*[._-])?({_NAMES})=(?P<value>.+)", re.IGNORECASE
)
_PASSWORD_IN_URI = re.compile(r"(\w+://[^/@\s]*:)[^/@\s]+@")
# Keys that services mark as theirs, whatever they are called where they are written.
_KNOWN_KEY = re.compile(
    r"\b(sk-[\w-]{20,}|gh[oprsu]_\w{30,}|github_pat_\w{30,}|hf_[A-Za-z]{30,}|AKIA[0-9A-Z]{16}\b"
    r"|xox[abprs]-[\w-]{10,}|glpat-[\w-]{20,})"
)
# On a command line: masking one word too many takes nothing from anybody.
_TYPED = rf"{_NAMES}|[\w-]*(token|secret|password|passwd)"
_TYPED_NAME = re.compile(rf"(^|[._/-])({_TYPED})$", re.IGNORECASE)
_TYPED_ARGUMENT = re.compile(
    rf"^(?P<name>-{{0,2}}([\w.-]*[._-])?({_TYPED}))=.+", re.IGNORECASE
)
_MASK = "***"
_ENTRY = re.compile(
    r"""[\s-]*["']?(?P<name>[\w.-]+)["']?\s*:\s+(?!(null|~)\b)["']?(?P<value>[^\s"'{\[|>&*!#][^"'#]*)"""
)
_MACRO = re.compile(r"\$\{[^{}]+\}|\$\w+")  # filled in from elsewhere


def looks_secret(name: str) -> bool:
    """Whether a key, parameter or environment variable is named like a secret."""
    return _LOOKS_SECRET.search(name) is not None


def masked(words: Sequence[str]) -> str:
    """The command line with *** instead of what looks like a secret."""
    shown: list[str] = []
    for number, word in enumerate(words):
        before = words[number - 1] if number else ""
        is_value = before.startswith("-") and not word.startswith("-")
        argument = _TYPED_ARGUMENT.match(word)
        if argument is not None:
            shown.append(f"{argument['name']}={_MASK}")
        elif (is_value and _TYPED_NAME.search(before)) or _is_known_key(word):
            shown.append(_MASK)
        else:
            shown.append(_PASSWORD_IN_URI.sub(rf"\g<1>{_MASK}@", word))
    return " ".join(shown)


def refuse(content: Any, what: str, text: str = "") -> None:
    """Refuse JSON values that contain a secret.

    Args:
        content: e.g. a study's canonical form, or the URI of a storage.
        what: names it in the message.
        text: of the study file, which is kept as it is: comments and other profiles count.

    Raises:
        UsageError: names the key and never the value.
    """
    for key in (*_secrets(content, "its URI"), *_in_lines(text)):
        raise UsageError(
            f"{what}: {key} seems to contain a secret. Everything in a study is "
            "written to its log, its trials' folders and its reports. Put it into "
            f"an environment variable, and write ${{envvar:{_variable(key)}}} "
            "instead: the trainer gets the value, and sweep records only the name. "
            "Credentials of a storage belong in its own configuration "
            "(AWS_PROFILE, ~/.aws/credentials)"
        )


def _secrets(value: Any, name: str) -> Iterator[str]:
    """The names of what holds a secret; `name` is that of the nearest key above `value`."""
    if isinstance(value, Mapping):
        inside = (
            value.get("domain") is not None
        )  # a parameter, in a study's canonical form
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


def _in_lines(text: str) -> Iterator[str]:
    """The same for lines of YAML, also such as nothing reads."""
    for number, line in enumerate(text.splitlines(), start=1):
        entry = _ENTRY.match(line)
        if _is_known_key(line) or (entry and _is_secret(entry["value"], entry["name"])):
            yield f"line {number}"


def _is_secret(value: str, name: str) -> bool:
    own = _MACRO.sub("", value)  # what is not filled in from elsewhere
    if _PASSWORD_IN_URI.search(own) or _is_known_key(own):
        return True
    return _ARGUMENT.match(own) is not None or (
        looks_secret(name) and own == value != ""
    )


def _is_known_key(text: str) -> bool:
    return _KNOWN_KEY.search(text) is not None


def _variable(key: str) -> str:
    """What an environment variable for a key would be called."""
    name = re.sub(r"\W+", "_", key.strip("-"), flags=re.ASCII).upper().strip("_")
    return name if looks_secret(key) and name else "NAME"
