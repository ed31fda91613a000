"""A framework's own checkpoint as an object that `run.restore` registers.

The framework knows best what it needs to go on. What it would write to a file travels in the
trial's checkpoint instead: durable, hashed, kept and removed with it, and carried to another node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

State = dict[str, Any]


class Snapshot:
    """What a framework would save now, and what was restored.

    Args:
        take: called for each checkpoint of the trial; returns tensors, numbers, strings, lists and
            dicts.

    Attributes:
        restored: what an earlier attempt saved; None on a fresh trial.
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
    """Those of a framework's metrics that are single numbers, under their own names."""
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
