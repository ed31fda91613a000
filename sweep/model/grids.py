"""Count the configurations of a grid, and compute the one at an index without enumerating others.

A value affects later parameters only by deciding whether they exist. So a partial configuration is
described by the set of later parameters that it rules out, and equal descriptions are counted once.
Independent conditions, chains of them and many parents of one child then cost time proportional to
the length of the study file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from sweep.errors import UsageError
from sweep.model.conditions import is_active, order
from sweep.model.domains import Domain, count, position, value_at, values
from sweep.model.equality import among
from sweep.model.parameters import Parameter, Parameters

# Largest number of descriptions; counting them takes a tenth of a second.
_MOST_STATES = 20_000

Ruled = frozenset[int]  # indices of later parameters that do not exist
Run = tuple[int, Ruled]  # number of consecutive values, and what each of them rules out


class TooManyConditions(UsageError):
    """There are too many partial configurations to count."""


def size(space: Parameters) -> int | None:
    """The number of configurations of a space, without enumerating them.

    None if a parameter is continuous, or if counting would take too long.
    """
    if any(count(parameter.domain) is None for parameter in space.values()):
        return None
    try:
        return GridSpace(space).size
    except TooManyConditions:
        return None


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


class GridSpace:
    """The configurations of a finite space in the order of `grid`.

    Attributes:
        size: the number of configurations.

    Raises:
        UsageError: a parameter is continuous.
        TooManyConditions: too many conditions depend on each other.
    """

    def __init__(self, space: Parameters):
        self._space = space
        self._names = order(space)
        place = {name: at for at, name in enumerate(self._names)}
        self._children = [
            frozenset(place[c] for c, child in space.items() if name in child.when)
            for name in self._names
        ]
        self._runs = [self._runs_of(space[name], place) for name in self._names]
        self._groups = _groups(self._children)
        self._below: dict[tuple[int, Ruled], int] = {}
        self._absent = frozenset(
            place[n]
            for n, p in space.items()
            if any(parent not in space for parent in p.when)
        )
        self.size = self._count_all(0, self._absent)

    def at(self, index: int) -> dict[str, Any]:
        """The configuration at `index` from 0.

        Raises:
            IndexError: `index` is negative, or not below `size`.
        """
        if not 0 <= index < self.size:
            raise IndexError(
                f"the grid has no configuration at {index}: it ends before {self.size}"
            )
        config: dict[str, Any] = {}
        ruled = self._absent
        for at, name in enumerate(self._names):
            if at in ruled:
                ruled |= self._children[at]
                continue
            first = 0  # place of a run's first value
            for length, rules_out in self._runs[at]:
                below = self._count_all(at + 1, ruled | rules_out)
                if index < length * below:
                    break
                index -= length * below
                first += length
            skipped, index = divmod(index, below)
            config[name] = value_at(self._space[name].domain, first + skipped)
            ruled |= rules_out
        return {name: config[name] for name in self._space if name in config}

    def _count_all(self, at: int, ruled: Ruled) -> int:
        """The number of configurations of the parameters from index `at` on.

        Groups that no condition connects are multiplied.
        """
        return math.prod(
            self._count(group, at, ruled & group) for group in self._groups
        )

    def _count(self, group: Ruled, at: int, ruled: Ruled) -> int:
        """The number of configurations of a group of parameters from a position on."""
        places = sorted(place for place in group if place >= at)
        if not places:
            return 1
        first = places[0]
        key = (first, frozenset(place for place in ruled if place >= first))
        if key not in self._below:
            self._below[key] = self._sum(group, *key)
            if len(self._below) > _MOST_STATES:
                names = ", ".join(self._names[place] for place in sorted(group))
                raise TooManyConditions(
                    f"the conditions between {names} depend on each other in too "
                    "many ways to count the configurations; use fewer conditions, "
                    "or a search that does not try all configurations, e.g. "
                    "method: random"
                )
        return self._below[key]

    def _sum(self, group: Ruled, at: int, ruled: Ruled) -> int:
        """The sum over the values of the parameter at a position."""
        if at in ruled:
            return self._count(group, at + 1, ruled | self._children[at])
        return sum(
            length * self._count(group, at + 1, ruled | rules_out)
            for length, rules_out in self._runs[at]
        )

    def _runs_of(self, parameter: Parameter, place: dict[str, int]) -> list[Run]:
        """A parameter's values in order; consecutive values that rule out the same are one run."""
        name, domain = parameter.name, parameter.domain
        number = count(domain)
        if number is None:
            raise UsageError(
                f"{name} is continuous and has no grid; give it `values`, or `q` for a step"
            )
        children = {
            place[c]: child.when[name]
            for c, child in self._space.items()
            if name in child.when
        }
        everybody = frozenset(children)
        runs: list[Run] = []
        done = 0
        for at, value in _mentioned(domain, children):
            if at > done:
                runs.append((at - done, everybody))
            runs.append(
                (
                    1,
                    frozenset(
                        child
                        for child, allowed in children.items()
                        if not among(value, allowed)
                    ),
                )
            )
            done = at + 1
        return runs if done == number else [*runs, (number - done, everybody)]


def _mentioned(
    domain: Domain, children: dict[int, tuple[Any, ...]]
) -> list[tuple[int, Any]]:
    """The values of a domain that conditions name, with their indices, in order."""
    named = {
        position(domain, value) for allowed in children.values() for value in allowed
    }
    return [
        (at, value_at(domain, at))
        for at in sorted(at for at in named if at is not None)
    ]


def _groups(children: list[Ruled]) -> list[Ruled]:
    """Group parameters' indices so that no condition connects two groups."""
    groups: list[set[int]] = []
    for place, below in enumerate(children):
        tied = {place, *below}
        groups, apart = (
            [g for g in groups if g.isdisjoint(tied)],
            [g for g in groups if not g.isdisjoint(tied)],
        )
        groups.append(tied.union(*apart))
    return [frozenset(group) for group in groups]
