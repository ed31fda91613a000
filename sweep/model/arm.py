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
        previous: name of the step before, for the steps of a ladder and of a path; else None.
        changes: the values that differ from its reference; for a step of a ladder or a path, from
            the step before.
        filled: parameters that the study file leaves open; their values come from the search.
        origin: number of the search trial that the configuration is from, for the arms of `top_k`.
        step: number of a path's step, from 1; 0 for the path's start.
        kept: whether the path continued from this arm.
        moved: parameters that have their target's value after this step of a path.
        tuned: values that retuning this arm found, also in `config`; None: not retuned (yet).
        task: value of the task parameter as text; the name ends with it. None without tasks.
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
        groups: the parameters that differ; those of one group move together, in file order.
    """

    start: Mapping[str, Any]
    target: Mapping[str, Any]
    reference: str
    groups: tuple[tuple[str, ...], ...]
