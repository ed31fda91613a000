"""What a health rule found in a trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["warn", "stop"]


@dataclass(frozen=True)
class Finding:
    """One rule that one trial broke.

    Attributes:
        rule: its key in the study file; a milestone with its moment.
        epoch: of the report that broke it, the trainer's own number.
        action: what the study file wants done in a trial of this stage.
        problem: what was found, with numbers.
        advice: what to do about it.
    """

    rule: str
    epoch: int
    action: Action
    problem: str
    advice: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.problem}; {self.advice}"
