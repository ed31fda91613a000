"""One figure of the simulation, and what is promised of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """A range that the true figure lies in; either end may be open."""

    least: float = -math.inf
    most: float = math.inf

    def __str__(self) -> str:
        if self.least == -math.inf:
            return f"≤ {self.most:.3f}"
        if self.most == math.inf:
            return f"≥ {self.least:.3f}"
        return f"{self.least:.3f} to {self.most:.3f}"


COVERAGE = Promise(
    least=0.94
)  # 95 ± 1 %; more is allowed, since few seeds flip few signs
ERROR = Promise(most=0.05)


@dataclass(frozen=True)
class Line:
    """A figure that was measured.

    Attributes:
        procedure: its name in the registry.
        case: what was simulated.
        quantity: what was measured, such as `joint coverage`.
        measured: a share of the runs, or a mean of such shares.
        runs: simulated studies behind it.
        promise: None where the figure is published and not promised.
    """

    procedure: str
    case: str
    quantity: str
    measured: float
    runs: int
    promise: Promise | None = None

    @property
    def error(self) -> float:
        """Monte-Carlo standard error, with the share that is promised where none failed."""
        share = min(max(self.measured, 1 / self.runs), 1 - 1 / self.runs)
        return math.sqrt(share * (1 - share) / self.runs)

    def kept(self, errors: float = 4.0) -> bool:
        """Whether the figure is within so many standard errors of what is promised."""
        if self.promise is None:
            return True
        slack = errors * self.error
        return self.promise.least - slack <= self.measured <= self.promise.most + slack


Procedure = Callable[[int], Iterator[Line]]  # of the number of simulated studies


def share(held: list[bool]) -> float:
    """Share of true values."""
    return sum(held) / len(held)
