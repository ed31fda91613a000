"""When two values of a study file count as equal, and how a value reads as text."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any


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
