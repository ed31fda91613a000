"""Arms of an ablation, and the path between two configurations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Arm:
    """A named configuration of an ablation.

    Attributes:
        name: unique in the study; `baseline` is the baseline.
        config: one value for every active parameter, in file order.
        design: `baseline`, `ladder`, `leave_one_out`, `one_at_a_time`, `factorial`, `arms`, `top_k`
            or `path`.
        reference: name of the arm it is compared with, None for the baseline.
        previous: name of the rung below, for a ladder's rungs; of the step before, for a path's
            arms.
        changes: what this arm sets beyond its reference (a rung or a path's step: beyond the one
            before).
        filled: parameters that the study file leaves open, and whose values come from the search.
        origin: the search trial whose configuration it is, for the arms of `top_k`.
        step: of a path, from 1; 0 for a path's start.
        kept: whether a path went on from this arm.
        moved: parameters of a path that have moved to its target, here and in the steps before.
        tuned: values that its own retuning found, in `config` too; None: it was not retuned (yet).
        task: value of the task parameter as text, which its name ends with; None without tasks.
    """

    name: str
    config: Mapping[str, Any]
    design: str
    reference: str | None
    previous: str | None
    changes: Mapping[str, Any]
    filled: tuple[str, ...] = ()
    origin: int | None = None
    step: int | None = None
    kept: bool = False
    moved: tuple[str, ...] = ()
    tuned: Mapping[str, Any] | None = None
    task: str | None = None


@dataclass(frozen=True)
class AblationPath:
    """The two ends of an ablation path and the differences between them.

    Attributes:
        start, target: complete configurations.
        reference: name of the arm that has the start's configuration.
        groups: the differences, each the parameters that move together, in file order.
    """

    start: Mapping[str, Any]
    target: Mapping[str, Any]
    reference: str
    groups: tuple[tuple[str, ...], ...]
