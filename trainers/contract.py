"""The contract between a trainer and whoever runs it.

    def train(config, run):
        model, optimizer = ...
        start = run.restore(model=model, optimizer=optimizer)      # 0 on a fresh trial
        for epoch in range(start, config["epochs"]):
            ...
            if run.report(epoch, {"val/f_score": f}):
                break                                              # told to stop; state is saved with the report

A trainer takes its randomness from `run.seed` alone, so that the same seed gives the same numbers on any worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol


class Stateful(Protocol):
    """Anything with PyTorch's state protocol: modules, optimizers, schedulers, scalers, our own small classes.

    A `torch.Generator` (get_state / set_state) is accepted as well.
    """

    def state_dict(self) -> Any:
        """Everything needed to go on, as tensors, numbers, strings, lists and dicts (`weights_only=True` loads it)."""

    def load_state_dict(self, state_dict: Any) -> Any:
        """Take back what `state_dict` returned."""


class Run(Protocol):
    """What a trainer is given beside its configuration."""

    seed: int
    fold: int | None  # 0-based index of the held-out fold, None: the data set's fixed split
    folds: int | None  # how many folds there are, None with fold None
    folder: Path  # the trial's own folder; a trainer may write further files here

    def restore(self, **state: Any) -> int:
        """Register the objects a checkpoint holds and load the latest one if there is one.

        Returns the epoch to start from: 0 on a fresh trial. Random states of Python, NumPy and torch are carried
        without being named; name every `torch.Generator` of your own.
        """

    def report(self, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Save the registered state and hand over one epoch's metrics; True means: stop now."""


Trainer = Callable[[Mapping[str, Any], Run], None]
