"""A framework's checkpoint as an object that `run.restore` registers.

The framework decides what it needs to continue. Its checkpoint becomes part of the trial's
checkpoint, which is durable, hashed, removed with the trial, and available on other nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

State = dict[str, Any]


class Snapshot:
    """A framework's current and restored state.

    Args:
        take: called for each checkpoint of the trial; returns tensors, numbers, strings, lists and
            dicts.

    Attributes:
        restored: the state that an earlier attempt saved; None in a new trial.
    """

    # What restores the optimiser after `run.restore` has returned, out of sight.
    restores_later = True

    def __init__(self, take: Callable[[], State]):
        self._take = take
        self.restored: State | None = None

    def state_dict(self) -> State:
        """See `sweep_trainers.contract.Stateful`."""
        return self._take()

    def load_state_dict(self, state: State) -> None:
        """See `sweep_trainers.contract.Stateful`."""
        self.restored = state


def numbers(metrics: Any) -> dict[str, float]:
    """The metrics of a framework that are single numbers."""
    found = {}
    for name, value in metrics.items():
        item = (
            value.item()
            if getattr(value, "ndim", None) == 0 or getattr(value, "numel", int)() == 1
            else value
        )
        if isinstance(item, int | float) and not isinstance(item, bool):
            found[str(name)] = float(item)
    return found
