"""A violation of a health rule by a trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["warn", "stop"]


@dataclass(frozen=True)
class Finding:
    """One health rule that one trial violated.

    Attributes:
        rule: the rule's key in the study file; for a milestone also its fraction.
        epoch: the report that violated the rule, in the trainer's numbering.
        action: what the study file prescribes for a trial of this stage.
        problem: what happened, with numbers.
        advice: what to do about it.
    """

    rule: str
    epoch: int
    action: Action
    problem: str
    advice: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.problem}; {self.advice}"
