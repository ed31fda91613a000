"""Applies explored values to the state of a checkpoint, which holds the earlier values.

A learning rate is part of the optimiser's `state_dict`, so that loading a checkpoint would restore
the old one. A trainer builds its optimiser from its configuration before it calls `run.restore`.
Comparing the settings of objects built with the old and with the new configuration shows which of
them come from an explored parameter. Such a setting is changed in the state to be loaded: one that
training did not change becomes the new value; one that a schedule changed (a warm-up, a decay)
keeps its ratio to the value it was built with.

Compared are single numbers: those of an optimiser's groups and of a schedule, and in other objects
those that equal the parameter's value. A number that is trained itself (a learned temperature)
would keep its trained value, and the new value would have no effect; that is an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from sweep.errors import TrialError

Path_ = tuple[str | int, ...]  # of a number inside a state: ("param_groups", 0, "lr")
Settings = dict[str, float]  # the path as text → the number

_GROUPS = "param_groups"
_PARAMETERS = "params"  # of a group: indices of its tensors, not a setting
_MOST = 10_000  # numbers of one object; a state with more holds data, not settings
_CLOSE = 1e-6  # relative; a float32 buffer holds 0.1 as 0.10000000149


def settings(stateful: Any, state: Any) -> Settings:
    """The single numbers that an object holds, by their path in its state.

    Args:
        stateful: the object; of an optimiser only the groups are settings.
        state: its `state_dict()`.
    """
    numbers: Settings = {}
    for path, value in _numbers(_settings_of(stateful, state), ()):
        numbers[_text(path)] = value
        if len(numbers) > _MOST:
            return {}
    return numbers


def carried_over(
    name: str,
    stateful: Any,
    saved: Any,
    before: Settings,
    now: Settings,
    changed: Mapping[str, tuple[Any, Any]],
) -> Any:
    """A saved state with the settings that an explored parameter has changed.

    Args:
        name: of the object in `run.restore`.
        stateful: the object.
        saved: its state in the checkpoint.
        before: `settings` of the object as it was built when the checkpoint's values held.
        now: `settings` of the object as it is built now.
        changed: explored parameter → its value then and now.

    Raises:
        TrialError: the explored value would be lost: training has changed such a number, or a
            framework's own checkpoint holds the optimiser.
    """
    if not changed:
        return saved
    if getattr(stateful, "restores_later", False):
        raise TrialError(
            f"{', '.join(changed)} changed while training, and a framework restores its optimiser "
            f"itself, from the checkpoint that {name} holds: the old value would come back unseen. "
            f"Train a population with a loop of your own, which gives its optimiser to run.restore"
        )
    driven = hasattr(stateful, _GROUPS) or hasattr(stateful, "base_lrs")
    state = saved
    for path, loaded in list(_numbers(_settings_of(stateful, saved), ())):
        key = _text(path)
        if driven and key not in before:
            sibling = _sibling(path, loaded, before, now)
            if sibling is not None:
                state = _replaced(state, path, now[sibling])
            continue
        if key not in before or key not in now or _same(before[key], now[key]):
            continue
        parameter = _explaining(before[key], now[key], changed)
        if not driven and parameter is None:
            continue
        if not driven and not _same(loaded, before[key]):
            raise TrialError(
                f"{parameter} changes from {before[key]:g} to {now[key]:g}, and run.restore("
                f"{name}=…) puts {key} back to {loaded:g}, which training has reached from it: the "
                f"change never takes effect. Take {parameter} out of search.parameters"
            )
        state = _replaced(state, path, _moved(loaded, before[key], now[key]))
    return state


def _moved(loaded: float, before: float, now: float) -> float:
    """The loaded number as if the object had been built with the new value."""
    if _same(loaded, before):
        return now
    return loaded * now / before if before else loaded + now


def _sibling(path: Path_, loaded: float, before: Settings, now: Settings) -> str | None:
    """The changed setting that a later setting was copied from.

    A schedule copies `lr` to `initial_lr` when training begins: a new optimiser lacks it.
    """
    group = _text(path[:-1]) + "."
    for key, value in before.items():
        in_same_group = key.startswith(group) and "." not in key[len(group) :]
        is_changed = key in now and not _same(value, now[key])
        if in_same_group and is_changed and _same(loaded, value):
            return key
    return None


def _settings_of(stateful: Any, state: Any) -> Any:
    if hasattr(stateful, _GROUPS) and isinstance(state, Mapping):
        groups = state.get(_GROUPS, ())
        settings_of_groups = [
            {key: value for key, value in group.items() if key != _PARAMETERS}
            for group in groups
        ]
        return {_GROUPS: settings_of_groups}
    return state


def _numbers(state: Any, path: Path_) -> Iterator[tuple[Path_, float]]:
    if isinstance(state, Mapping):
        for key, value in state.items():
            yield from _numbers(value, (*path, key))
    elif isinstance(state, list | tuple):
        for index, value in enumerate(state):
            yield from _numbers(value, (*path, index))
    elif _is_number(state):
        yield path, float(state)


def _is_number(value: Any) -> bool:
    if isinstance(value, int | float):
        return not isinstance(value, bool)
    if not hasattr(value, "numel"):  # not a tensor
        return False
    return bool(value.numel() == 1 and value.dtype.is_floating_point)


def _replaced(state: Any, path: Path_, number: float) -> Any:
    """A state with another number at a path; its containers are copied."""
    if not path:
        if isinstance(state, int | float):
            return number
        return state.new_full(state.shape, number)
    key, rest = path[0], path[1:]
    if isinstance(state, Mapping):
        return {**state, key: _replaced(state[key], rest, number)}
    parts = list(state)
    index = int(key)
    parts[index] = _replaced(parts[index], rest, number)
    return parts if isinstance(state, list) else tuple(parts)


def _explaining(
    before: float, now: float, changed: Mapping[str, tuple[Any, Any]]
) -> str | None:
    """The explored parameter that changed between these values; None if there is none."""
    for name, (value_before, value_now) in changed.items():
        numbers = _is_number(value_before) and _is_number(value_now)
        if numbers and _same(before, value_before) and _same(now, value_now):
            return name
    return None


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=_CLOSE, abs_tol=1e-12)


def _text(path: Path_) -> str:
    return ".".join(map(str, path))
