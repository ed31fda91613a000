"""When two values of a study file count as equal, and how a value reads as text."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal to a trainer: 1 equals 1.0, but true does not equal 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return bool(a == b)


def shown(value: Any) -> str:
    """A value as text, as in a study file; it is the name of a task."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def identity(value: Any) -> Hashable:
    """A hashable key that is equal for two values exactly if they are the `same`."""
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, list | tuple):
        return list, tuple(map(identity, value))
    if isinstance(value, Mapping):
        return dict, frozenset((key, identity(item)) for key, item in value.items())
    return value  # type: ignore[no-any-return]  # JSON has nothing else


def repetitions(values: Sequence[Any]) -> list[int]:
    """The indices of values that occurred earlier in a list."""
    first: dict[Hashable, int] = {}
    return [
        i
        for i, key in enumerate(map(identity, values))
        if first.setdefault(key, i) != i
    ]


def among(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether `value` is the same as one of `values`."""
    if not isinstance(value, list | tuple | Mapping) and value not in values:
        return False  # a fast test, which `in` does a hundred times faster
    return any(same(value, v) for v in values)
