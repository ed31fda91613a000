"""Parameters, their domains and conditions. Pure; knows neither YAML nor Optuna.

A configuration gives one value to every active parameter. A parameter is active when every parent
named in its `when` is active and has one of the values listed there.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, ClassVar, Literal

from sweep.errors import UsageError

Role = Literal["scientific", "nuisance", "task", "fixed"]
_ROUNDING = 1e-9  # relative; how far a float may be off its grid and still be on it


@dataclass(frozen=True, slots=True)
class Constant:
    """One value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, in the order of the file; `probabilities` are those of a
    random draw, None: equal.
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
    """An integer in [low, high], uniform on a linear or (`log`) logarithmic scale: low,
    low + step and so on.
    """

    low: int
    high: int
    log: bool = False
    step: int = 1


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal number, or with `log` one whose natural logarithm is normal; with
    `step`, rounded to its multiples.
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


class ParameterCycle(UsageError):
    """Conditions that lead back to where they started; `names` is the cycle, first name
    repeated at the end.
    """

    def __init__(self, names: tuple[str, ...]):
        self.names = names
        super().__init__(f"the conditions go round in a circle: {' → '.join(names)}")


# --------------------------------------------------------------------------- values


def same(a: Any, b: Any) -> bool:
    """Equality as a trainer sees it: 1 is 1.0, but true is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return bool(a == b)


def shown(value: Any) -> str:
    """A value as text, as it stands in a study file: what names a task."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def identity(value: Any) -> Hashable:
    """Equal for two values exactly if they are the `same`."""
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, list | tuple):
        return list, tuple(map(identity, value))
    if isinstance(value, Mapping):
        return dict, frozenset((key, identity(item)) for key, item in value.items())
    return value  # type: ignore[no-any-return]  # JSON has nothing else


def repetitions(values: Sequence[Any]) -> list[int]:
    """Where a list says again what it has said before."""
    first: dict[Hashable, int] = {}
    return [
        i
        for i, key in enumerate(map(identity, values))
        if first.setdefault(key, i) != i
    ]


def among(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether `value` is the same as one of `values`."""
    if not isinstance(value, list | tuple | Mapping) and value not in values:
        return False  # most are not, and `in` finds out a hundred times faster
    return any(same(value, v) for v in values)


def outside(domain: Domain, values: Iterable[Any]) -> list[Any]:
    """The values that a domain does not hold."""
    if isinstance(domain, Choice):
        known = set(map(identity, domain.choices))
        return [value for value in values if identity(value) not in known]
    return [value for value in values if not contains(domain, value)]


def contains(domain: Domain, value: Any) -> bool:
    """Whether a domain holds a value.

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
    if step is None:
        return True
    steps = (value - origin) / step
    return math.isclose(steps, round(steps), rel_tol=_ROUNDING, abs_tol=_ROUNDING)


def describe(domain: Domain) -> str:
    """A domain in words for messages: `one of: ce, focal`, `a number from 0.5 to 4.0`."""
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
    """Every value of a finite domain in order, None for a continuous one."""
    number = count(domain)
    return (
        None if number is None else (value_at(domain, index) for index in range(number))
    )


def value_at(domain: Domain, index: int) -> Any:
    """The value at a place of a finite domain, from 0 and below `count`."""
    if isinstance(domain, Constant):
        return domain.value
    if isinstance(domain, Choice):
        return domain.choices[index]
    if isinstance(domain, IntUniform):
        return domain.low + index * domain.step
    if isinstance(domain, Uniform) and domain.step is not None:
        return _grid_point(domain.low, index, domain.step)
    raise TypeError(f"{domain!r} is continuous: its values have no places")


def position(domain: Domain, value: Any) -> int | None:
    """The place of a value in a finite domain, None if it is not there."""
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
    """Number of values of a finite domain, None for a continuous one."""
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
    return math.floor((high - low) / step * (1 + _ROUNDING) + _ROUNDING) + 1


def _grid_point(origin: float, index: int, step: float) -> float:
    # 0.30000000000000004 is 0.3 to everyone but the machine, and 5e-17 in steps of 0.1 is 0 (never
    # -0).
    decimals = 11 - math.floor(math.log10(step))
    return round(float(f"{origin + index * step:.12g}"), decimals) + 0.0


def quantise(domain: Domain, value: float) -> float:
    """The point of a stepped domain nearest to `value`, inside its bounds; `value`
    itself without a step.
    """
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


def quantile(domain: Drawn, probability: float) -> float:
    """Inverse distribution function: what turns a uniform draw in (0, 1) into a draw
    from `domain`.
    """
    if isinstance(domain, Beta):
        from scipy import special  # takes a while to import, and few studies need it

        return quantise(
            domain, float(special.betaincinv(domain.a, domain.b, probability))
        )
    value = NormalDist(domain.mean, domain.sd).inv_cdf(probability)
    return quantise(domain, math.exp(value) if domain.log else value)


def probability(domain: Drawn, value: float) -> float:
    """Distribution function: the inverse of `quantile`, up to its rounding."""
    if isinstance(domain, Beta):
        from scipy import special

        return float(special.betainc(domain.a, domain.b, value))
    return NormalDist(domain.mean, domain.sd).cdf(
        math.log(value) if domain.log else value
    )


def typical(domain: Domain) -> Any:
    """The first choice, or the middle of a range on its own scale."""
    if isinstance(domain, Constant):
        return domain.value
    if isinstance(domain, Choice):
        return domain.choices[0]
    if isinstance(domain, Normal | Beta):
        return quantile(domain, 0.5)
    middle = (
        math.sqrt(domain.low * domain.high)
        if domain.log
        else (domain.low + domain.high) / 2
    )
    return quantise(domain, round(middle) if isinstance(domain, IntUniform) else middle)


# --------------------------------------------------------------------------- conditions


def order(parameters: Parameters) -> tuple[str, ...]:
    """Names with every parent before its children, otherwise in file order. Parents that do not
    exist are ignored.

    Raises:
        ParameterCycle: there is no such order.
    """
    placed: dict[str, None] = {}
    waiting = list(parameters)
    while waiting:
        ready = next(
            (
                n
                for n in waiting
                if all(p in placed for p in parameters[n].when if p in parameters)
            ),
            None,
        )
        if ready is None:
            raise ParameterCycle(_cycle(parameters, waiting))
        placed[ready] = None
        waiting.remove(ready)
    return tuple(placed)


def _cycle(parameters: Parameters, waiting: list[str]) -> tuple[str, ...]:
    walk = [waiting[0]]
    while walk[-1] not in walk[:-1]:
        walk.append(next(p for p in parameters[walk[-1]].when if p in waiting))
    return tuple(walk[walk.index(walk[-1]) :])


def is_active(parameter: Parameter, active_values: Mapping[str, Any]) -> bool:
    """Whether a parameter exists beside `active_values`, the values of active
    parameters, its parents among them.
    """
    return all(
        p in active_values and among(active_values[p], allowed)
        for p, allowed in parameter.when.items()
    )


def active(parameters: Parameters, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the parameters that exist in a configuration, in file order.

    Constants need not be in `values`; a value of an inactive parameter is ignored; a parent without
    a value activates nothing.
    """
    names: set[str] = set()
    seen: dict[str, Any] = {}
    for name in order(parameters):
        parameter = parameters[name]
        if not is_active(parameter, seen):
            continue
        names.add(name)
        if name in values:
            seen[name] = values[name]
        elif isinstance(parameter.domain, Constant):
            seen[name] = parameter.domain.value
    return tuple(n for n in parameters if n in names)


# --------------------------------------------------------------------------- grids


def grid(parameters: Parameters) -> Iterator[dict[str, Any]]:
    """Every configuration once, the last parameter varying fastest, inactive parameters left out.

    Raises:
        UsageError: a parameter is continuous; the message names it.
    """
    for name, parameter in parameters.items():
        if count(parameter.domain) is None:
            raise UsageError(
                f"{name} is continuous and has no grid; give it `values`, or `q` for a step"
            )
    names = order(parameters)

    def extend(partial: dict[str, Any], at: int) -> Iterator[dict[str, Any]]:
        if at == len(names):
            yield {n: partial[n] for n in parameters if n in partial}
        elif not is_active(parameters[names[at]], partial):
            yield from extend(partial, at + 1)
        else:
            for value in values(parameters[names[at]].domain) or ():
                yield from extend({**partial, names[at]: value}, at + 1)

    return extend({}, 0)
