"""What is known of a trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sweep.initial.printed import Printed

UNKNOWN = object()  # a parameter without a default that could be read


@dataclass(frozen=True)
class Parameter:
    """One thing that can be set; `default` may be `UNKNOWN`; `choices` are all its
    values, default first.
    """

    name: str
    default: Any = UNKNOWN
    choices: tuple[Any, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Found:
    """A trainer as far as it is known.

    Attributes:
        trainer: for the key of that name; None for a script.
        metrics: names; the first is what to optimise.
        run: of a script: the words of its command.
        flags: of a script: the style of its flags.
        wandb: a script that calls `wandb.log`.
        printed: of a script: what finds the numbers in its output.
        logs: of a script: a file that it is known to write its metrics to.
    """

    trainer: str | None
    parameters: tuple[Parameter, ...]
    metrics: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    flags: Mapping[str, Any] = field(default_factory=dict)
    wandb: bool = False
    printed: Printed = field(default_factory=Printed)
    logs: str | None = None


def default_first(default: Any, choices: tuple[Any, ...]) -> tuple[Any, ...]:
    """The choices with the default in front."""
    if default not in choices:
        return choices
    return (default, *(choice for choice in choices if choice != default))
