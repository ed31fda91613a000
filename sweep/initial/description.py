"""The description of a trainer that `sweep init` finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sweep.initial.printed import Printed
from sweep.initial.source import UNKNOWN


@dataclass(frozen=True)
class Parameter:
    """One parameter of a trainer.

    Attributes:
        default: the default, or `UNKNOWN`.
        choices: all values, the default first; empty if the source does not list them.
    """

    name: str
    default: Any = UNKNOWN
    choices: tuple[Any, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class TrainerDescription:
    """The description of a trainer.

    Attributes:
        name: the value of the key `trainer`; None for a script.
        parameters: the parameters, in the order of the source.
        metrics: names of metrics; the first one is optimised.
        run: a script's command, as words.
        flags: a script's style of flags.
        wandb: whether a script calls `wandb.log`.
        printed: patterns for the numbers that a script prints.
        logs: a file to which a script writes its metrics.
    """

    name: str | None
    parameters: tuple[Parameter, ...]
    metrics: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    flags: Mapping[str, Any] = field(default_factory=dict)
    wandb: bool = False
    printed: Printed = field(default_factory=Printed)
    logs: str | None = None


def default_first(default: Any, choices: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the choices with the default first."""
    if default not in choices:
        return choices
    others = [choice for choice in choices if choice != default]
    return (default, *others)
