"""Values that change while a trial trains: one value for each stretch of epochs.

In a configuration such a value is `{"by_epoch": {"0": 0.1, "5": 0.08}}`: 0.1 from the start, 0.08
once 5 epochs are trained. A configuration with a value by epoch is another one than any with
constant values, so that the two never share a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEY = "by_epoch"


def value_by_epoch(points: Mapping[int, Any]) -> Any:
    """A configuration's value from the values that hold after so many epochs.

    Args:
        points: epochs trained → value from there on; 0 is among them.

    Returns:
        The value alone where it never changes.
    """
    changes: dict[str, Any] = {}
    latest: Any = None
    for epochs in sorted(points):
        if not changes or points[epochs] != latest:
            latest = points[epochs]
            changes[str(epochs)] = latest
    return latest if len(changes) == 1 else {KEY: changes}


def is_by_epoch(value: Any) -> bool:
    """Whether a configuration's value changes while it trains."""
    return isinstance(value, Mapping) and set(value) == {KEY}


def points_of(value: Any) -> dict[int, Any]:
    """Epochs trained → value from there on, ascending."""
    if not is_by_epoch(value):
        return {0: value}
    points = {int(epochs): each for epochs, each in value[KEY].items()}
    return dict(sorted(points.items()))


def changing(config: Mapping[str, Any]) -> list[str]:
    """The parameters of a configuration whose values change while it trains."""
    return [name for name, value in config.items() if is_by_epoch(value)]


def change_epochs(config: Mapping[str, Any]) -> list[int]:
    """Numbers of epochs after which a value of the configuration changes, ascending."""
    epochs: set[int] = set()
    for name in changing(config):
        epochs |= points_of(config[name]).keys()
    return sorted(epochs - {0})


def config_after(config: Mapping[str, Any], epochs: int) -> dict[str, Any]:
    """The configuration as it is once so many epochs are trained: each value a plain one."""
    return {name: _value_after(value, epochs) for name, value in config.items()}


def described(value: Any) -> str:
    """`0.1, from epoch 6 0.08`: a value by epoch in words, epochs counted from 1."""
    first, *later = points_of(value).items()
    words = [short(first[1])]
    words += [f"from epoch {epochs + 1} {short(each)}" for epochs, each in later]
    return ", ".join(words)


def shown(value: Any) -> str:
    """A configuration's value as text; one by epoch in words."""
    return f"({described(value)})" if is_by_epoch(value) else str(value)


def _value_after(value: Any, epochs: int) -> Any:
    """A value that holds after a number of epochs; a constant holds always."""
    if not is_by_epoch(value):
        return value
    known = [at for at in points_of(value) if at <= epochs]
    return points_of(value)[max(known)]


def short(value: Any) -> str:
    """A plain value as text; a float with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
