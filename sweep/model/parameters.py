"""A study's parameters: name, domain, role and condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sweep.model.domains import Domain

Role = Literal["scientific", "nuisance", "task", "fixed"]


@dataclass(frozen=True)
class Parameter:
    """A hyperparameter.

    Attributes:
        name: the key in a configuration.
        domain: the values it may take.
        role: `scientific` (the study compares its values), `nuisance` (tuned so that the comparison
            is fair), `task` (every arm is trained on each of its values) or `fixed`.
        when: parent's name → the parent's values under which this parameter exists; the condition
            on every parent must hold.
        task_values: of a task parameter, task's name → values of other parameters on that task.
    """

    name: str
    domain: Domain
    role: Role
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    task_values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


Parameters = Mapping[str, Parameter]
