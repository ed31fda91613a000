"""When two values of a study file count as equal, and how a value reads as text."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal to a trainer: 1 equals 1.0, but true does not equal 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        if len(a) != len(b):
            return False
        return all(map(same, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        if a.keys() != b.keys():
            return False
        return all(same(a[key], b[key]) for key in a)
    return bool(a == b)


def shown(value: Any) -> str:
    """A value as text, as in a study file; it is the name of a task."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def identity(value: Any) -> Hashable:
    """A hashable key that is equal for two values exactly if they are the `same`.

    The type is part of the key of a bool, a list and a mapping, so that `True` differs from 1
    and an empty list from an empty mapping.
    """
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, list | tuple):
        items = tuple(map(identity, value))
        return list, items
    if isinstance(value, Mapping):
        pairs = frozenset((key, identity(item)) for key, item in value.items())
        return dict, pairs
    return value  # type: ignore[no-any-return]  # JSON has nothing else


def repetitions(values: Sequence[Any]) -> list[int]:
    """The indices of values that occurred earlier in a list."""
    earlier: set[Hashable] = set()
    repeated = []
    for index, value in enumerate(values):
        key = identity(value)
        if key in earlier:
            repeated.append(index)
        earlier.add(key)
    return repeated


def among(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether `value` is the same as one of `values`."""
    is_scalar = not isinstance(value, list | tuple | Mapping)
    if is_scalar and value not in values:
        return False  # a fast test, which `in` does a hundred times faster
    return any(same(value, other) for other in values)
