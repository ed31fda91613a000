"""The keys of a study file as keyword arguments, for editors and type checkers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict


class StudyKeys(TypedDict, total=False):
    """The top level of a study file; `sweep.spec.schema.StudyFile` describes each key.

    Attributes:
        trainer: its name as in a study file, or the function itself.
        trackers: names, or name → settings.
    """

    name: str
    description: str
    trainer: str | Callable[..., None]
    command: str | Sequence[str] | Mapping[str, Any]
    metric: Mapping[str, Any]
    parameters: Mapping[str, Any]
    search: Mapping[str, Any]
    early_terminate: Mapping[str, Any]
    ablation: Mapping[str, Any]
    health: Mapping[str, Any]
    reuse: bool
    depends_on: Sequence[str]
    report: Mapping[str, Any]
    resources: Mapping[str, Any]
    budget: Mapping[str, Any]
    checkpoint: Mapping[str, Any]
    trackers: Sequence[str] | Mapping[str, Any]
    profiles: Mapping[str, Mapping[str, Any]]
