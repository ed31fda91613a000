"""The `shapley` design of a study file: its components, the subsets to train, what each sets.

A subset is a bit mask, as in `sweep.statistics.shapley`: subset 5 = 0b101 has the components 0 and
2, and the empty subset 0 is the baseline.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from sweep.document import KeyPath
from sweep.errors import UsageError, one_of
from sweep.statistics.shapley import MOST_EXACT, members
from sweep.statistics.shapley_sampling import (
    Permutation,
    sampled_permutations,
    subsets_of,
)

PERMUTATIONS = "permutations"  # number of sampled orders of the components
TOGETHER = "together"  # what several components set that write the same key
JOIN = " + "  # between the names of components
_MOST_SUBSETS = 10_000
_AT: KeyPath = ("ablation", "designs", "shapley")

Entries = Mapping[str, Any]  # the design as it stands in the file
Values = Mapping[str, Any]
AddViolation = Callable[[KeyPath, str, str], None]


def components(entries: Entries) -> dict[str, Values]:
    """Name → what the component sets, in the order of the file."""
    reserved = (PERMUTATIONS, TOGETHER)
    return {name: values for name, values in entries.items() if name not in reserved}


def permutations(entries: Entries) -> tuple[Permutation, ...]:
    """The sampled orders of adding components; empty if every subset is trained."""
    count = entries.get(PERMUTATIONS)
    return () if count is None else _permutations(len(components(entries)), count)


def subsets(entries: Entries) -> tuple[int, ...]:
    """The subsets to train, ascending, the empty one first; nothing without the design."""
    sampled = permutations(entries)
    if sampled:
        return subsets_of(sampled)
    return tuple(range(2 ** len(components(entries)))) if entries else ()


def subset_name(entries: Entries, subset: int) -> str:
    """The name of a subset, such as `focal + Dice`."""
    names = [_bare(name) for name in components(entries)]
    return JOIN.join(names[member] for member in members(subset))


def changes(entries: Entries, subset: int) -> dict[str, Any]:
    """What a subset's components set together; larger entries of `together` take precedence."""
    written = list(components(entries).items())
    chosen = [written[member] for member in members(subset)]
    merged: dict[str, Any] = {}
    for _, values in chosen:
        merged |= values
    names = {_bare(name) for name, _ in chosen}
    stated = [
        (_names(key), values) for key, values in entries.get(TOGETHER, {}).items()
    ]
    for combined, values in sorted(stated, key=lambda each: len(each[0])):
        if combined <= names:
            merged |= values
    return merged


def settings(entries: Entries) -> Iterator[tuple[KeyPath, str, Any]]:
    """Every key of the design that gives a parameter a value: key, parameter, value."""
    for component, values in components(entries).items():
        for name, value in values.items() if isinstance(values, dict) else ():
            yield (*_AT, component, name), name, value
    together = entries.get(TOGETHER, {})
    for key, values in together.items() if isinstance(together, dict) else ():
        for name, value in values.items() if isinstance(values, dict) else ():
            yield (*_AT, TOGETHER, key, name), name, value


def check(entries: Entries, add_violation: AddViolation) -> bool:
    """Whether the design is valid; adds a violation for each fault."""
    if not entries:
        return True
    checks = (_check_reserved, _check_number, _check_permutations, _check_combinations)
    sound = True
    for each in checks:
        for path, problem, allowed in each(entries):
            add_violation((*_AT, *path), problem, allowed)
            sound = False
        if not sound:  # the next check relies on this one
            return False
    return True


Problem = tuple[KeyPath, str, str]


def _check_reserved(entries: Entries) -> Iterator[Problem]:
    """Check that `permutations` is a number and every other entry a mapping."""
    for name, value in entries.items():
        if name == PERMUTATIONS:
            if isinstance(value, dict):
                yield (
                    (name,),
                    "is the number of sampled orders",
                    "permutations: 20, or another name",
                )
        elif not isinstance(value, dict):
            yield (
                (name,),
                f"{value!r} is not a mapping of parameters to values",
                "{parameter: value}",
            )
        elif not value:
            yield (name,), "changes nothing", "at least one `parameter: value`"
    together = entries.get(TOGETHER, {})
    for key, values in together.items() if isinstance(together, dict) else ():
        if not isinstance(values, dict):
            yield (TOGETHER, key), f"{values!r} is not a mapping", "{parameter: value}"


def _check_number(entries: Entries) -> Iterator[Problem]:
    """Problems with the number of components."""
    number = len(components(entries))
    if number < 2:
        named = f"{number} component{'s' if number != 1 else ''}"
        yield (), f"{named} cannot be added in several orders", "two or more; or `arms`"
    elif number > MOST_EXACT and PERMUTATIONS not in entries:
        problem = f"{number} components have {2**number} subsets, each trained with every seed"
        allowed = f"permutations: 20 (sampled orders, an even number), or at most {MOST_EXACT}"
        yield (), problem, allowed
    names = [_bare(name) for name in components(entries)]
    for name in components(entries):
        if names.count(_bare(name)) > 1 or JOIN in _bare(name):
            yield (
                (name,),
                "is not a unique name",
                f"distinct names without {JOIN!r}",
            )


def _check_permutations(entries: Entries) -> Iterator[Problem]:
    """Problems with `permutations`."""
    count = entries.get(PERMUTATIONS)
    if count is None:
        return
    number = len(components(entries))
    if count * number > _MOST_SUBSETS:
        problem = (
            f"{count} orders of {number} components need up to {count * number} arms"
        )
        yield (PERMUTATIONS,), problem, f"at most {_MOST_SUBSETS // number}"
        return
    try:
        sampled_permutations(number, count)
    except UsageError as error:
        yield (PERMUTATIONS,), str(error), ""


def _check_combinations(entries: Entries) -> Iterator[Problem]:
    """Check that `together` covers all components that set the same key."""
    written = components(entries)
    names = [_bare(name) for name in written]
    stated: dict[frozenset[str], Values] = {}
    for key, values in entries.get(TOGETHER, {}).items():
        combined = _names(key)
        for name in sorted(combined - set(names)):
            yield (
                (TOGETHER, key),
                f"there is no component {name!r}",
                one_of(names, name),
            )
        stated[combined] = values
    writers: dict[str, list[str]] = {}
    for name, values in written.items():
        for key in values:
            writers.setdefault(key, []).append(_bare(name))
    for key, several in writers.items():
        for size in range(2, len(several) + 1):
            for group in itertools.combinations(several, size):
                if key not in stated.get(frozenset(group), {}):
                    joined = JOIN.join(group)
                    problem = f"{' and '.join(group)} all set {key}: what do they set together?"
                    yield (), problem, f'{TOGETHER}: {{"{joined}": {{{key}: …}}}}'
                    return


@cache
def _permutations(number: int, count: int) -> tuple[Permutation, ...]:
    """The sampled orders of `number` components, computed once."""
    return sampled_permutations(number, count)


def _names(key: str) -> frozenset[str]:
    """The components that an entry sets, of which `A + B` names two."""
    return frozenset(_bare(name) for name in key.split(JOIN))


def _bare(name: str) -> str:
    """A component's name without the plus that a ladder's steps are written with."""
    return name.removeprefix("+").strip()
