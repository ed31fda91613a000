"""Where a parameter's values lie on an axis: numbers on their own scale, choices side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sweep.model.domains import Choice, Constant, Domain, Normal
from sweep.model.equality import same
from sweep.model.parameters import Parameter
from sweep.report.evidence import Evidence
from sweep.report.figures.style import label
from sweep.report.searched import Searched


@dataclass(frozen=True)
class Scale:
    """An axis for one parameter.

    Attributes:
        name: the parameter's.
        choices: of a parameter of listed values, in the order of the file, which lie at 0, 1, …;
            None for numbers.
        log: whether a number's logarithm is what was searched.
        low, high: ends of the domain, for numbers without ends those of the values seen.
    """

    name: str
    choices: tuple[Any, ...] | None
    log: bool
    low: float
    high: float

    def position(self, value: Any) -> float:
        """A value's place in data units: itself, or the index of the choice.

        Raises:
            ValueError: not one of the choices.
        """
        if self.choices is None:
            return float(value)
        for index, choice in enumerate(self.choices):
            if same(choice, value):
                return float(index)
        raise ValueError(
            f"{self.name} is {value!r}, which is none of its choices: {list(self.choices)}"
        )

    def fraction(self, value: Any) -> float:
        """A value's place between the ends, 0 to 1."""
        low, high, at = self.low, self.high, self.position(value)
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return 0.5 if high == low else (at - low) / (high - low)

    def ticks(self, width: int, most: int) -> list[tuple[float, str]]:
        """Fractions and labels: every choice as long as there are at most `most`,
        otherwise the two ends.
        """
        if self.choices is not None and len(self.choices) <= most:
            return [
                (self.fraction(choice), label(choice, width, 2))
                for choice in self.choices
            ]
        ends = (
            (self.choices[0], self.choices[-1])
            if self.choices is not None
            else (self.low, self.high)
        )
        return [(self.fraction(end), number(end, width)) for end in dict.fromkeys(ends)]


def number(value: Any, width: int = 8) -> str:
    """A number in three digits, anything else as a label."""
    return f"{value:.3g}" if isinstance(value, float) else label(value, width, 2)


def scales(evidence: Evidence, tried: Sequence[Searched]) -> list[Scale]:
    """An axis for every parameter that the search varied and at least one configuration
    has, in file order.
    """
    found = []
    for name, parameter in evidence.history.spec.parameters.items():
        values = [seen.config[name] for seen in tried if name in seen.config]
        if values and not isinstance(parameter.domain, Constant):
            found.append(_scale(parameter, values))
    return found


def _scale(parameter: Parameter, values: list[Any]) -> Scale:
    domain: Domain = parameter.domain
    if isinstance(domain, Choice):
        return Scale(
            parameter.name, domain.choices, False, 0.0, float(len(domain.choices) - 1)
        )
    if isinstance(domain, Constant):
        raise ValueError(f"{parameter.name} is a constant and has no axis")
    if isinstance(domain, Normal):
        return Scale(
            parameter.name, None, domain.log, float(min(values)), float(max(values))
        )
    return Scale(
        parameter.name, None, domain.log, float(domain.low), float(domain.high)
    )
