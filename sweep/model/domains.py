"""Domains: the values that a parameter may take. Pure; knows neither YAML nor Optuna."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from sweep.model.equality import among, identity, same

_ROUNDING = 1e-9  # relative; how far a float may be off its grid and still be on it


@dataclass(frozen=True, slots=True)
class Constant:
    """One value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, in file order.

    Attributes:
        choices: the values.
        probabilities: of each value in a random draw; None: equal ones.
    """

    choices: tuple[Any, ...]
    probabilities: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Uniform:
    """A number in [low, high], uniform on a linear or (`log`) logarithmic scale.

    With `step`: one of low, low + step and so on.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None


@dataclass(frozen=True, slots=True)
class IntUniform:
    """An integer in [low, high], uniform on a linear or (`log`) logarithmic scale.

    It is one of low, low + step and so on.
    """

    low: int
    high: int
    log: bool = False
    step: int = 1


@dataclass(frozen=True, slots=True)
class Normal:
    """A normally distributed number; with `log`, its natural logarithm is normal.

    With `step`, it is rounded to a multiple of it.
    """

    mean: float
    sd: float
    log: bool = False
    step: float | None = None


@dataclass(frozen=True, slots=True)
class Beta:
    """A number in [0, 1] with a beta distribution; with `step`, rounded to its multiples."""

    a: float
    b: float
    step: float | None = None

    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0
    log: ClassVar[bool] = False


Drawn = Normal | Beta  # sampled through their quantiles


Domain = Constant | Choice | Uniform | IntUniform | Normal | Beta


def outside(domain: Domain, values: Iterable[Any]) -> list[Any]:
    """The values that a domain does not contain."""
    if isinstance(domain, Choice):
        known = set(map(identity, domain.choices))
        return [value for value in values if identity(value) not in known]
    return [value for value in values if not contains(domain, value)]


def contains(domain: Domain, value: Any) -> bool:
    """Whether a domain contains a value.

    An integer is a number of a float domain; 2.0 is not an integer.
    """
    if isinstance(domain, Constant):
        return same(domain.value, value)
    if isinstance(domain, Choice):
        return among(value, domain.choices)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
    ):
        return False
    if isinstance(domain, IntUniform):
        on_grid = isinstance(value, int) and (value - domain.low) % domain.step == 0
        return on_grid and domain.low <= value <= domain.high
    if isinstance(domain, Uniform | Beta):
        return domain.low <= value <= domain.high and _on_grid(
            value, domain.low, domain.step
        )
    return (value > 0 or not domain.log) and _on_grid(value, 0.0, domain.step)


def _on_grid(value: float, origin: float, step: float | None) -> bool:
    """Whether a value is a whole number of steps away from the origin, up to rounding."""
    if step is None:
        return True
    steps = (value - origin) / step
    return math.isclose(steps, round(steps), rel_tol=_ROUNDING, abs_tol=_ROUNDING)


def describe(domain: Domain) -> str:
    """Describe a domain for messages: `one of: ce, focal`, `a number from 0.5 to 4.0`."""
    if isinstance(domain, Constant):
        return f"exactly {domain.value!r}"
    if isinstance(domain, Choice):
        return "one of: " + ", ".join(str(c) for c in domain.choices)
    step = "" if domain.step in (None, 1) else f" in steps of {domain.step}"
    if isinstance(domain, IntUniform):
        return f"an integer from {domain.low} to {domain.high}{step}"
    if isinstance(domain, Uniform | Beta):
        return f"a number from {domain.low} to {domain.high}{step}"
    return f"a {'positive ' if domain.log else ''}number{step}"


def values(domain: Domain) -> Iterator[Any] | None:
    """Every value of a finite domain in order; None for a continuous domain."""
    number = count(domain)
    return (
        None if number is None else (value_at(domain, index) for index in range(number))
    )


def value_at(domain: Domain, index: int) -> Any:
    """The value at an index (from 0) of a finite domain."""
    if isinstance(domain, Constant):
        return domain.value
    if isinstance(domain, Choice):
        return domain.choices[index]
    if isinstance(domain, IntUniform):
        return domain.low + index * domain.step
    if isinstance(domain, Uniform) and domain.step is not None:
        return _grid_point(domain.low, index, domain.step)
    raise TypeError(f"{domain!r} is continuous: its values have no index")


def position(domain: Domain, value: Any) -> int | None:
    """The index of a value in a finite domain; None if the domain does not contain it."""
    if isinstance(domain, Constant | Choice):
        return next(
            (at for at, own in enumerate(values(domain) or ()) if same(own, value)),
            None,
        )
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if (
        not number
        or not isinstance(domain, IntUniform | Uniform)
        or domain.step is None
    ):
        return None
    if not domain.low - domain.step <= value <= domain.high + domain.step:
        # NaN too; a division could overflow
        return None
    at = round((value - domain.low) / domain.step)
    return (
        at
        if 0 <= at < (count(domain) or 0) and same(value_at(domain, at), value)
        else None
    )


def count(domain: Domain) -> int | None:
    """The number of values of a finite domain; None for a continuous domain."""
    if isinstance(domain, Constant):
        return 1
    if isinstance(domain, Choice):
        return len(domain.choices)
    if isinstance(domain, IntUniform):
        return (domain.high - domain.low) // domain.step + 1
    if isinstance(domain, Uniform) and domain.step is not None:
        return _points(domain.low, domain.high, domain.step)
    return None


def _points(low: float, high: float, step: float) -> int:
    """How many multiples of the step lie between the bounds, both included."""
    return math.floor((high - low) / step * (1 + _ROUNDING) + _ROUNDING) + 1


def _grid_point(origin: float, index: int, step: float) -> float:
    """A value of the grid, rounded to the digits that its step supports."""
    # 0.30000000000000004 becomes 0.3, and 5e-17 in steps of 0.1 becomes 0 (never -0).
    decimals = 11 - math.floor(math.log10(step))
    return round(float(f"{origin + index * step:.12g}"), decimals) + 0.0


def quantise(domain: Domain, value: float) -> float:
    """The nearest point of a domain with a step, inside its bounds; without a step, `value`."""
    if isinstance(domain, IntUniform):
        index = round((value - domain.low) / domain.step)
        return domain.low + domain.step * max(
            0, min(index, (domain.high - domain.low) // domain.step)
        )
    if isinstance(domain, Uniform | Beta) and domain.step is not None:
        last = _points(domain.low, domain.high, domain.step) - 1
        index = round((value - domain.low) / domain.step)
        return _grid_point(domain.low, max(0, min(index, last)), domain.step)
    if isinstance(domain, Normal) and domain.step is not None:
        index = round(value / domain.step)
        return _grid_point(0.0, max(index, 1) if domain.log else index, domain.step)
    return value
