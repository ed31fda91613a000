"""The learning rate as a function of the step, and early stopping."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from .settings.training import TrainingSettings


def learning_rate_factor(
    settings: TrainingSettings, step: int, steps_per_epoch: int
) -> float:
    """Return the factor of the peak learning rate at a 0-based step.

    It is a linear warm-up over `warmup_epochs`, in which step k of n has the factor (k+1)/n, so
    that no step has a learning rate of 0. Then it is constant, or half a cosine (Loshchilov &
    Hutter 2017, without restarts) that would reach 0 one step after the last.
    """
    all_steps = settings.epochs * steps_per_epoch
    warmup = min(round(settings.warmup_epochs * steps_per_epoch), all_steps)
    if step < warmup:
        return (step + 1) / warmup
    if settings.schedule == "constant":
        return 1.0
    progress = (step - warmup) / max(all_steps - warmup, 1)
    return 0.5 * (1.0 + math.cos(math.pi * progress))


def set_learning_rate(
    optimizer: torch.optim.Optimizer,
    settings: TrainingSettings,
    step: int,
    steps_per_epoch: int,
) -> None:
    """Multiply every group's initial learning rate by the factor of a 0-based step."""
    factor = learning_rate_factor(settings, step, steps_per_epoch)
    for group in optimizer.param_groups:
        group.setdefault("initial_lr", group["lr"])
        group["lr"] = group["initial_lr"] * factor


class EarlyStopping:
    """Stops after `patience` epochs in a row without an improvement above `min_delta`."""

    def __init__(self, settings: TrainingSettings):
        self.patience = settings.patience
        self.min_delta = settings.min_delta
        self.monitor = settings.monitor
        minimize = settings.monitor_goal == "minimize"
        if settings.monitor_goal == "auto":
            minimize = settings.monitor.endswith("loss")
        self._sign = -1.0 if minimize else 1.0
        self._best = -math.inf  # the best sign × metric; larger is better
        self._epochs_without = 0

    @property
    def stopped(self) -> bool:
        """Return whether `patience` epochs have passed without an improvement."""
        return 0 < self.patience <= self._epochs_without

    def update(self, metrics: Mapping[str, float]) -> bool:
        """Add one epoch's metrics; return whether to stop. A NaN is never an improvement.

        Raises:
            ValueError: the monitored metric is not among them.
        """
        if not self.patience:
            return False
        if self.monitor not in metrics:
            raise ValueError(
                f"monitor {self.monitor!r} is not reported; one of: {', '.join(sorted(metrics))}"
            )
        value = self._sign * metrics[self.monitor]
        if value > self._best + self.min_delta:
            self._best, self._epochs_without = value, 0
        else:
            self._epochs_without += 1
        return self.stopped

    def state_dict(self) -> dict[str, Any]:
        """Return the best value and the number of epochs since."""
        return {"best": self._best, "epochs_without": self._epochs_without}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore the state that `state_dict` returned."""
        self._best = float(state_dict["best"])
        self._epochs_without = int(state_dict["epochs_without"])
