"""Values that a configuration takes from the environment: `api_key: ${envvar:API_KEY}`.

The study's log, each trial's files and every report hold that text. The trial's own process fills
in the value when it calls the trainer, and removes it from descriptions of failures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sweep.errors import TrialError
from sweep.secrets import ENVIRONMENT_MACRO

_MACRO = re.compile(rf"\$\{{{ENVIRONMENT_MACRO}([^${{}}]+)\}}")
# Characters: a shorter value stays in texts, since `1` would match everywhere.
_SHORTEST = 4


def filled(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the current values of the variables.

    Raises:
        TrialError: a variable is not set.
    """
    return {name: _filled(value, name) for name, value in config.items()}


def hide(text: str, content: Any) -> str:
    """The text with the values of variables replaced by their names.

    Args:
        content: JSON values that name the variables.
    """
    for variable in dict.fromkeys(_named(content)):
        value = os.environ.get(variable, "")
        if len(value) >= _SHORTEST:
            text = text.replace(value, f"${{{ENVIRONMENT_MACRO}{variable}}}")
    return text


def _filled(value: Any, parameter: str) -> Any:
    if isinstance(value, list):
        return [_filled(item, parameter) for item in value]
    if not isinstance(value, str):
        return value
    return _MACRO.sub(lambda match: _read(match[1], parameter), value)


def _read(variable: str, parameter: str) -> str:
    if variable not in os.environ:
        raise TrialError(
            f"the parameter {parameter} is ${{{ENVIRONMENT_MACRO}{variable}}}, and the environment "
            f"variable {variable} is not set where the trial runs"
        )
    return os.environ[variable]


def _named(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield from _MACRO.findall(content)
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from _named(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _named(value)
