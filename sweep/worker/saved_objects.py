"""The state of an object that a trainer registers with `run.restore`."""

from __future__ import annotations

from typing import Any


def state_of(name: str, stateful: Any) -> Any:
    """What a checkpoint holds of an object; `name` is its keyword in `run.restore`.

    Raises:
        TypeError: the object has neither `state_dict`/`load_state_dict` nor a generator's
            `get_state`/`set_state`.
    """
    if _is_generator(stateful):
        return stateful.get_state()
    if hasattr(stateful, "state_dict") and hasattr(stateful, "load_state_dict"):
        return stateful.state_dict()
    raise TypeError(
        f"run.restore({name}=...) was given a {type(stateful).__name__}; a checkpoint can hold "
        f"objects with state_dict() and load_state_dict(), or a torch.Generator"
    )


def set_state(stateful: Any, state: Any) -> None:
    """Give an object the state that `state_of` took from it or from one of its kind."""
    if _is_generator(stateful):
        stateful.set_state(state)
    else:
        stateful.load_state_dict(state)


def _is_generator(stateful: Any) -> bool:
    return hasattr(stateful, "get_state") and hasattr(stateful, "set_state")
