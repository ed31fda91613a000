"""Axes of parameters: numbers on a linear or logarithmic scale, choices at equal distances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sweep.model.domains import Choice, Constant, Normal
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
        choices: of a categorical parameter, in the order of the file, at 0, 1, …; None for numbers.
        log: whether the parameter was searched on a logarithmic scale.
        low, high: ends of the domain; for an unbounded domain those of the values tried.
    """

    name: str
    choices: tuple[Any, ...] | None
    log: bool
    low: float
    high: float

    def position(self, value: Any) -> float:
        """A value's position in data units: the value, or the index of the choice.

        Raises:
            ValueError: not one of the choices.
        """
        if self.choices is None:
            return float(value)
        for index, choice in enumerate(self.choices):
            if same(choice, value):
                return float(index)
        raise ValueError(
            f"{self.name} is {value!r}, which is not one of its choices: {list(self.choices)}"
        )

    def fraction(self, value: Any) -> float:
        """A value's position between the ends, 0 to 1."""
        low, high, position = self.low, self.high, self.position(value)
        if self.log:
            low, high, position = math.log(low), math.log(high), math.log(position)
        return 0.5 if high == low else (position - low) / (high - low)

    def ticks(self, width: int, most: int) -> list[tuple[float, str]]:
        """Fractions and labels: every choice if there are at most `most`, else the ends."""
        ends: tuple[Any, Any] = (self.low, self.high)
        if self.choices is not None:
            if len(self.choices) <= most:
                names = [label(choice, width, 2) for choice in self.choices]
                return list(zip(map(self.fraction, self.choices), names, strict=True))
            ends = (self.choices[0], self.choices[-1])
        return [(self.fraction(end), number(end, width)) for end in dict.fromkeys(ends)]


def number(value: Any, width: int = 8) -> str:
    """A number with three digits, anything else as a label."""
    return f"{value:.3g}" if isinstance(value, float) else label(value, width, 2)


def scales(evidence: Evidence, tried: Sequence[Searched]) -> list[Scale]:
    """An axis for every searched parameter that a configuration has, in file order."""
    axes = []
    for name, parameter in evidence.history.spec.parameters.items():
        if isinstance(parameter.domain, Constant):
            continue
        values = [one.config[name] for one in tried if name in one.config]
        if values:
            axes.append(scale_of(parameter, values))
    return axes


def scale_of(parameter: Parameter, values: Sequence[Any]) -> Scale:
    """An axis for a parameter that is no constant.

    Args:
        parameter: of the study.
        values: those that were tried.

    Raises:
        ValueError: the parameter is a constant.
    """
    name, domain = parameter.name, parameter.domain
    if isinstance(domain, Choice):
        last = float(len(domain.choices) - 1)
        return Scale(name, domain.choices, False, 0.0, last)
    if isinstance(domain, Constant):
        raise ValueError(f"{name} is a constant and has no axis")
    if isinstance(domain, Normal):
        return Scale(name, None, domain.log, float(min(values)), float(max(values)))
    return Scale(name, None, domain.log, float(domain.low), float(domain.high))
