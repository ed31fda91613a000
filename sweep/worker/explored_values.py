"""Applies explored values to the state of a checkpoint, which holds the earlier values.

A learning rate is part of the optimiser's `state_dict`, so that loading a checkpoint would restore
the old one. A trainer builds its optimiser from its configuration before it calls `run.restore`.
Comparing the settings of objects built with the old and with the new configuration shows which of
them come from an explored parameter. Such a setting is changed in the state to be loaded: one that
training did not change becomes the new value; one that a schedule changed (a warm-up, a decay)
keeps its ratio to the value it was built with.

A setting is a number, a flag or a word; a tensor whose entries are all equal counts as one number.
Compared are those of an optimiser's groups and of a schedule, and in other objects those that
follow from the parameter's value (`sweep.worker.value_origins`). A number that is trained itself (a
learned temperature) would keep its trained value, and the new value would have no effect; that is
an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sweep.errors import TrialError
from sweep.worker.value_origins import is_number, origin, same

StatePath = tuple[
    str | int, ...
]  # of a setting inside a state: ("param_groups", 0, "lr")
Setting = float | bool | str
Settings = dict[str, Setting]  # the path as text → the setting

_GROUPS = "param_groups"
_PARAMETERS = "params"  # of a group: indices of its tensors, not a setting
# What a schedule of torch.optim.lr_scheduler has: all of its settings belong to it.
_OF_SCHEDULES = ("base_lrs", "_last_lr", "_schedulers")
_MOST = 10_000  # settings of one object; a state with more holds data, not settings


def settings(stateful: Any, state: Any) -> Settings:
    """The settings that an object holds, by their path in its state.

    Args:
        stateful: the object; of an optimiser only the groups are settings.
        state: its `state_dict()`.
    """
    by_path: Settings = {}
    for path, value in _leaves(_settings_of(stateful, state), ()):
        setting = _setting(value)
        if setting is None:
            continue
        by_path[_text(path)] = setting
        if len(by_path) > _MOST:
            return {}
    return by_path


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
            f"{', '.join(changed)} changed during training, but a framework "
            f"restores its optimiser itself from the checkpoint in {name}, which "
            "would silently bring the old value back. Train a population with your "
            "own training loop, and register its optimiser with run.restore"
        )
    driven = _is_driven(stateful)
    state = saved
    for path, leaf in list(_leaves(_settings_of(stateful, saved), ())):
        key, loaded = _text(path), _setting(leaf)
        if driven and key not in before:
            sibling = _sibling(path, loaded, before, now)
            if sibling is not None:
                state = _replaced(state, path, now[sibling])
            continue
        if key not in before or key not in now or same(before[key], now[key]):
            continue
        if driven:
            state = _replaced(state, path, _moved(loaded, before[key], now[key]))
            continue
        parameter = origin(before[key], now[key], changed)
        if parameter is None:
            continue
        if not same(loaded, before[key]):
            raise _never_takes_effect(name, key, parameter, changed[parameter], loaded)
        state = _replaced(state, path, now[key])
    return state


def _is_driven(stateful: Any) -> bool:
    """Whether an object is an optimiser or a schedule of one: what it holds are settings."""
    return hasattr(stateful, _GROUPS) or any(
        hasattr(stateful, attribute) for attribute in _OF_SCHEDULES
    )


def _never_takes_effect(
    name: str,
    key: str,
    parameter: str,
    values: tuple[Any, Any],
    loaded: Setting | None,
) -> TrialError:
    old, new = map(_shown, values)
    trained = "what training made of it" if loaded is None else _shown(loaded)
    return TrialError(
        f"{parameter} changes from {old} to {new}, but run.restore({name}=…) "
        f"restores {key} to {trained}, the value that training had reached: the "
        f"change would have no effect. Take {parameter} out of search.parameters"
    )


def _shown(value: Any) -> str:
    return f"{value:g}" if is_number(value) else str(value)


def _moved(loaded: Setting | None, before: Setting, now: Setting) -> Setting:
    """The loaded setting as if the object had been built with the new value."""
    if isinstance(loaded, bool | str) or isinstance(before, bool | str):
        return now
    if loaded is None or isinstance(now, bool | str) or same(loaded, before):
        return now
    return loaded * now / before if before else loaded + now


def _sibling(
    path: StatePath, loaded: Setting | None, before: Settings, now: Settings
) -> str | None:
    """The changed setting that a later setting was copied from.

    A schedule copies `lr` to `initial_lr` when training begins: a new optimiser lacks it.
    """
    group = _text(path[:-1]) + "."
    for key, value in before.items():
        in_same_group = key.startswith(group) and "." not in key[len(group) :]
        is_changed = key in now and not same(value, now[key])
        if in_same_group and is_changed and same(loaded, value):
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


def _leaves(state: Any, path: StatePath) -> Iterator[tuple[StatePath, Any]]:
    """Every value that is neither a mapping nor a sequence, with its path."""
    if isinstance(state, Mapping):
        for key, value in state.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(state, list | tuple):
        for index, value in enumerate(state):
            yield from _leaves(value, (*path, index))
    else:
        yield path, state


def _setting(leaf: Any) -> Setting | None:
    """A leaf as a setting; None if it is none, such as a tensor whose entries differ."""
    if isinstance(leaf, bool | str):
        return leaf
    if isinstance(leaf, int | float):
        return float(leaf)
    is_float_tensor = hasattr(leaf, "numel") and leaf.dtype.is_floating_point
    if not is_float_tensor or not leaf.numel():
        return None
    entries = leaf.detach().reshape(-1)
    first = entries[0]
    # The last entry first: it shows most trained tensors for what they are.
    is_one_number = bool(entries[-1] == first) and bool((entries == first).all())
    return float(first) if is_one_number else None


def _replaced(state: Any, path: StatePath, setting: Setting) -> Any:
    """A state with another setting at a path; its containers are copied."""
    if not path:
        if hasattr(state, "new_full"):
            return state.new_full(state.shape, setting)
        return setting
    key, rest = path[0], path[1:]
    if isinstance(state, Mapping):
        return {**state, key: _replaced(state[key], rest, setting)}
    parts = list(state)
    index = int(key)
    parts[index] = _replaced(parts[index], rest, setting)
    return parts if isinstance(state, list) else tuple(parts)


def _text(path: StatePath) -> str:
    return ".".join(map(str, path))
