"""A study's parameters: name, domain, role and condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sweep.model.domains import Domain

Role = Literal["scientific", "nuisance", "task", "fixed"]


@dataclass(frozen=True)
class Parameter:
    """A named knob.

    Attributes:
        name: the key in a configuration.
        domain: the values it may take.
        role: `scientific` (what the study asks about), `nuisance` (tuned so that the comparison is
            fair), `task` (every arm is trained on each of its values) or `fixed`.
        when: parent's name → the parent's values under which this parameter exists; all parents
            must agree.
        at: of a task, its value as text → the values that other parameters have there.
    """

    name: str
    domain: Domain
    role: Role
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    at: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


Parameters = Mapping[str, Parameter]
