"""Encode the configurations of a conditional space as points with one coordinate per parameter.

An inactive parameter has a fixed coordinate, so that a single model covers configurations with and
without it (the imputation of Hutter et al. 2011, "Sequential Model-Based Optimization for General
Algorithm Configuration", section 4.1). Numbers, and choices among ascending numbers, are mapped to
[0, 1] in their order. Any other choice is a category, encoded by its index.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from sweep.model import conditions, distributions, domains, equality
from sweep.model.domains import (
    Beta,
    Choice,
    Constant,
    Domain,
    IntUniform,
    Normal,
    Uniform,
)
from sweep.model.parameters import Parameters
from sweep.samplers.drawing import OPEN_INTERVAL, index, point

Array = NDArray[np.float64]
ABSENT = 0.5  # coordinate of an inactive number
NO_CATEGORY = -1.0  # coordinate of an inactive category
# A domain with at most so many values has a cached table of coordinates; for more, computing the
# table would take a second.
TABLED = 100_000


@dataclass(frozen=True)
class FlatSpace:
    """The searched parameters of a space as coordinates."""

    space: Parameters

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates, parents before children.

        A parameter with a single value has no coordinate.
        """
        ordered = conditions.order(self.space)
        return tuple(name for name in ordered if not self._has_single_value(name))

    @cached_property
    def categories(self) -> NDArray[np.int64]:
        """(d,), the number of categories of each coordinate; 0 for a number in [0, 1]."""
        counts: list[int | None] = []
        for name in self.names:
            domain = self.space[name].domain
            count = 0 if _ordered(domain) else domains.count(domain)
            counts.append(count)
        return np.array(counts, dtype=np.int64)

    def step(self, name: str) -> float | None:
        """The distance between neighbouring values of an ordered finite domain.

        None for another domain, or if its values are not evenly spaced.
        """
        domain = self.space[name].domain
        count = domains.count(domain)
        if count is None or _is_logarithmic(domain) or not _ordered(domain):
            return None
        return 1 / (count - 1)

    def encode(self, config: Mapping[str, Any]) -> Array:
        """(d,), the point of a configuration."""
        point = []
        for name, categories in zip(self.names, self.categories, strict=True):
            coordinate = _absent(categories)
            if name in config:
                domain = self.space[name].domain
                coordinate = _coordinate(domain, config[name])
            point.append(coordinate)
        return np.array(point)

    def decode(self, point: Array) -> dict[str, Any]:
        """The configuration at a point: values of the active parameters."""
        coordinates = dict(zip(self.names, point.tolist(), strict=True))
        config: dict[str, Any] = {}
        for name in conditions.order(self.space):
            if not conditions.is_active(self.space[name], config):
                continue
            domain = self.space[name].domain
            if name in coordinates:
                config[name] = _value(domain, coordinates[name])
            else:
                config[name] = _single_value(domain)
        return config

    def snapped(self, points: Array) -> Array:
        """(n, d), points (n, d) moved to the nearest configurations.

        Stepped numbers are rounded, and inactive parameters get their fixed coordinate.
        """
        columns: dict[str, Array] = {}
        active: dict[str, NDArray[np.bool_]] = {}  # name → at which points it is active
        for name in conditions.order(self.space):
            parameter = self.space[name]
            is_active = np.ones(len(points), dtype=bool)
            for parent, allowed in parameter.when.items():
                column = columns.get(parent)
                is_allowed = self._is_allowed(parent, column, allowed, len(points))
                is_active &= active[parent] & is_allowed
            active[name] = is_active
            if name in self.names:
                index = self.names.index(name)
                rounded = _stepped(parameter.domain, points[:, index])
                inactive = _absent(self.categories[index])
                columns[name] = np.where(is_active, rounded, inactive)
        in_order = [columns[name] for name in self.names]
        return np.stack(in_order, axis=1)

    def drawn(self, shares: Array) -> Array:
        """(n, d), points with the distributions of the study file.

        Args:
            shares: (n, d), uniform random numbers in [0, 1].
        """
        columns: list[Array] = []
        for name, column in zip(self.names, shares.T, strict=True):
            domain = self.space[name].domain
            columns.append(_drawn(domain, column))
        points = np.stack(columns, axis=1)
        return self.snapped(points)

    def _has_single_value(self, name: str) -> bool:
        """Whether a parameter can have only one value, and so needs no coordinate."""
        return domains.count(self.space[name].domain) == 1

    def _is_allowed(
        self, name: str, column: Array | None, allowed: tuple[Any, ...], points: int
    ) -> NDArray[np.bool_]:
        """(points,), whether the value of parameter `name` is one of `allowed` at each point."""
        domain = self.space[name].domain
        if column is None:  # a single value, without a coordinate
            single = _single_value(domain)
            return np.full(points, equality.among(single, allowed))
        coordinates, positions = np.unique(column, return_inverse=True)
        # An inactive parent makes the parameter inactive, whatever is returned here.
        of_coordinate = []
        for coordinate in coordinates.tolist():
            is_allowed = False
            if coordinate != NO_CATEGORY:
                value = _value(domain, coordinate)
                is_allowed = equality.among(value, allowed)
            of_coordinate.append(is_allowed)
        return np.array(of_coordinate, dtype=bool)[positions]


def _ordered(domain: Domain) -> bool:
    """Whether a domain has an order: a number, or a choice among ascending numbers."""
    if not isinstance(domain, Choice):
        return True
    if not all(map(_is_number, domain.choices)):
        return False
    return list(domain.choices) == sorted(domain.choices)


def _is_number(value: object) -> bool:
    """Whether a value of a choice is a number; bools are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_logarithmic(domain: Domain) -> bool:
    """Whether the logarithms of a domain's values are spread evenly over the coordinate."""
    return isinstance(domain, Uniform | IntUniform) and domain.log


def _absent(categories: int) -> float:
    """The coordinate of an inactive parameter.

    Args:
        categories: their number; 0 for a number in [0, 1].
    """
    return NO_CATEGORY if categories else ABSENT


def _single_value(domain: Domain) -> Any:
    """The value of a domain with only one."""
    return domains.value_at(domain, 0)


def _coordinate(domain: Domain, value: Any) -> float:
    """The coordinate of a value.

    Raises:
        TypeError: the domain is a constant.
        ValueError: the value is not one of the domain's choices.
    """
    if isinstance(domain, Choice):
        position = float(_index_of(domain, value))
        if _ordered(domain):
            position /= len(domain.choices) - 1
        return position
    if isinstance(domain, Normal | Beta):
        probability = distributions.probability(domain, value)
        return min(max(probability, 0.0), 1.0)
    if isinstance(domain, Constant):
        raise TypeError(
            f"the constant {domain.value!r} has no coordinate: only searched parameters have one"
        )
    scale = math.log if domain.log else float
    low, high = scale(domain.low), scale(domain.high)
    return (scale(value) - low) / (high - low)


def _index_of(domain: Choice, value: Any) -> int:
    """The position of a value among the choices.

    Raises:
        ValueError: it is not one of them.
    """
    for position, choice in enumerate(domain.choices):
        if equality.same(choice, value):
            return position
    raise ValueError(f"{value!r} is not one of the choices {list(domain.choices)}")


def _drawn(domain: Domain, shares: Array) -> Array:
    """(n,), coordinates of the quantiles of a domain's distribution at `shares` (n,)."""
    if isinstance(domain, Uniform | Normal | Beta) and domain.step is None:
        return np.clip(shares, 0.0, 1.0)  # such a coordinate is the share itself
    if isinstance(domain, Choice):
        of_choices = np.array([_coordinate(domain, each) for each in domain.choices])
        indices = [index(domain, share) for share in shares.tolist()]
        return of_choices[indices]
    if _is_tabled(domain):
        indices_drawn = _indices_drawn(domain, shares)
        return _coordinates(domain)[indices_drawn]
    values = [point(domain, share) for share in shares.tolist()]
    return np.array([_coordinate(domain, value) for value in values])


def _value(domain: Domain, coordinate: float) -> Any:
    """The value of a domain that is nearest to a coordinate."""
    if isinstance(domain, Choice):
        if _ordered(domain):
            coordinate *= len(domain.choices) - 1
        return domain.choices[round(coordinate)]
    if isinstance(domain, Normal | Beta):
        probability = min(max(coordinate, OPEN_INTERVAL), 1 - OPEN_INTERVAL)
        return distributions.quantile(domain, probability)
    if isinstance(domain, Constant):
        return domain.value
    scale, inverse = (math.log, math.exp) if domain.log else (float, float)
    low, high = scale(domain.low), scale(domain.high)
    number = inverse(low + coordinate * (high - low))
    if isinstance(domain, IntUniform):
        number = round(number)
    inside = min(max(number, domain.low), domain.high)
    return domains.quantise(domain, inside)


def _stepped(domain: Domain, column: Array) -> Array:
    """(n,), the coordinates of the values that are nearest to a column of coordinates (n,)."""
    if isinstance(domain, Choice) and not _ordered(domain):
        return column
    count = domains.count(domain)
    if count is not None and not _is_logarithmic(domain):
        last = count - 1
        return np.asarray(np.round(column * last) / last)
    if not isinstance(domain, Constant | Choice) and domain.step is None:
        return np.clip(column, 0.0, 1.0)
    if _is_tabled(domain):
        low, high = math.log(domain.low), math.log(domain.high)
        numbers = np.exp(low + column * (high - low))
        if isinstance(domain, IntUniform):
            numbers = np.rint(numbers)
        nearest = _indices_nearest(domain, numbers)
        return _coordinates(domain)[nearest]
    values = [_value(domain, coordinate) for coordinate in column.tolist()]
    return np.array([_coordinate(domain, value) for value in values])


def _is_tabled(domain: Domain) -> TypeGuard[Uniform | IntUniform]:
    """Whether a domain is a stepped number with few enough values to cache their coordinates."""
    if not isinstance(domain, Uniform | IntUniform):
        return False
    count = domains.count(domain)
    return count is not None and count <= TABLED


@lru_cache(maxsize=64)
def _coordinates(domain: Uniform | IntUniform) -> Array:
    """(n,), the coordinate of each value of a stepped number, bit-identical to `encode`.

    Logarithms of arrays may differ from those of single numbers in the last bit.
    """
    values = domains.values(domain) or ()
    return np.array([_coordinate(domain, value) for value in values])


def _indices_drawn(domain: Uniform | IntUniform, shares: Array) -> NDArray[np.intp]:
    """(n,), indices of the quantiles at shares of a stepped number; see `drawing.point`."""
    count = domains.count(domain) or 1
    if isinstance(domain, IntUniform) and not domain.log:
        return np.minimum((shares * count).astype(np.intp), count - 1)
    margin = 0.5 * domain.step if isinstance(domain, IntUniform) else 0.0
    scale, inverse = (math.log, np.exp) if domain.log else (float, np.asarray)
    low, high = scale(domain.low - margin), scale(domain.high + margin)
    return _indices_nearest(domain, inverse(low + shares * (high - low)))


def _indices_nearest(domain: Uniform | IntUniform, numbers: Array) -> NDArray[np.intp]:
    """(n,), indices of the values of a stepped number that are nearest to (n,) numbers."""
    step = domain.step or 1
    last = (domains.count(domain) or 1) - 1
    inside = np.clip(numbers, domain.low, domain.high)
    steps = np.rint((inside - domain.low) / step)
    return np.clip(steps.astype(np.intp), 0, last)
