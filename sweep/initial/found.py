"""What is known about a trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sweep.initial.printed import Printed

UNKNOWN = object()  # a parameter without a default that could be read


@dataclass(frozen=True)
class Parameter:
    """One parameter; `default` may be `UNKNOWN`; `choices` are all values, the default first."""

    name: str
    default: Any = UNKNOWN
    choices: tuple[Any, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Found:
    """What is known about a trainer.

    Attributes:
        trainer: the value of the key `trainer`; None for a script.
        metrics: names of metrics; the first one is optimised.
        run: a script's command as words.
        flags: a script's style of flags.
        wandb: whether a script calls `wandb.log`.
        printed: patterns for the numbers that a script prints.
        logs: a file to which a script writes its metrics.
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
