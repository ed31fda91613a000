"""Policies that use the terms' values: `adaptive` (every step) and `dwa` (every epoch)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..combine import LossWeights
from ..precision import Scalar, number
from .policy import by_name, check_fraction, inverse_weights


class Adaptive:
    """`adaptive`: each weight moves towards initial / (mean of the term's last values).

        target = initial / mean of the last `window` values, rescaled to the initial sum
        weight ← momentum · weight + (1 - momentum) · target

    Args:
        initial: starting weights; also factors of every target, so that they keep their effect.
        window: number of values averaged; default 10.
        momentum: in [0, 1); default 0.9.
        floor: a mean counts as at least this share of the largest (see `inverse_weights`); default
            0.01.

    Raises:
        ValueError: an option out of bounds.
    """

    def __init__(
        self,
        initial: LossWeights,
        *,
        window: int = 10,
        momentum: Scalar = 0.9,
        floor: Scalar = 0.01,
    ) -> None:
        if window < 1:
            raise ValueError(f"window must be ≥ 1, found {window}")
        self.initial, self.window = initial, int(window)
        self.momentum = check_fraction("momentum", momentum, zero=True, one=False)
        self.floor = check_fraction("floor", floor, zero=False, one=True)
        self.weights = torch.tensor(initial.numbers())
        self.recent = torch.empty(0, len(initial))

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Update the weights from this step's values, then sum the terms; see `Weighting`."""
        stacked = self.initial.stack(terms)
        values = stacked.detach().abs()
        recent = torch.cat([self.recent.to(values), values.unsqueeze(0)])
        self.recent = recent[-self.window :]
        initial = self.initial.vector(values)
        target = inverse_weights(initial, self.recent.mean(dim=0), self.floor)
        previous = self.weights.to(values)
        self.weights = self.momentum * previous + (1.0 - self.momentum) * target
        return (self.weights * stacked).sum(), by_name(self.initial, self.weights)

    def parameters(self) -> list[nn.Parameter]:
        """Return no parameter: nothing is learned."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Do nothing: the weights change at every step."""

    def state_dict(self) -> dict[str, Any]:
        """Return the weights and the recent values."""
        return {"weights": self.weights, "recent": self.recent}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.weights, self.recent = state_dict["weights"], state_dict["recent"]


class DynamicWeightAverage:
    """`dwa` (Liu et al. 2019, "End-to-End Multi-Task Learning with Attention").

    Terms that fall more slowly get larger weights:

        r_k = L_k(t-1) / L_k(t-2)        w_k ∝ initial_k · exp(r_k / T), with the initial sum

    L holds the mean terms of each epoch. If all initial weights are 1, this is the paper's
    K · softmax(r / T). The first two epochs use the initial weights.

    Args:
        initial: starting weights.
        temperature: T > 0, default 2, the paper's; large T makes the weights equal.

    Raises:
        ValueError: a temperature ≤ 0.
    """

    def __init__(self, initial: LossWeights, *, temperature: Scalar = 2.0) -> None:
        self.initial = initial
        self.temperature = number("temperature of dwa", temperature)
        if not self.temperature > 0:
            raise ValueError(f"temperature of dwa must be > 0, found {temperature}")
        self.start = initial.numbers()
        self.weights = self.start
        self.last: list[float] | None = None

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum the terms with this epoch's weights; see `Weighting`."""
        stacked = self.initial.stack(terms)
        weights = torch.tensor(self.weights, dtype=stacked.dtype, device=stacked.device)
        return (weights * stacked).sum(), by_name(self.initial, weights)

    def parameters(self) -> list[nn.Parameter]:
        """Return no parameter: nothing is learned."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Set the next epoch's weights; a mean that is not finite leaves them as they are."""
        means = [float(mean_terms[name]) for name in self.initial]
        if not all(math.isfinite(mean) for mean in means):
            return
        if self.last is not None:
            self.weights = self._weights_after(means, self.last)
        self.last = means

    def _weights_after(self, means: list[float], previous: list[float]) -> list[float]:
        """Return the weights that follow two epochs' mean terms."""
        exponents = [
            _ratio(mean, before) / self.temperature
            for mean, before in zip(means, previous, strict=True)
        ]
        largest = max(exponents)  # subtracted as in a stable softmax
        unscaled = [
            weight * math.exp(exponent - largest)
            for weight, exponent in zip(self.start, exponents, strict=True)
        ]
        total = sum(unscaled)
        if not total:
            return [0.0] * len(unscaled)
        return [sum(self.start) * weight / total for weight in unscaled]

    def state_dict(self) -> dict[str, Any]:
        """Return the weights and the last epoch's mean terms."""
        return {
            "weights": list(self.weights),
            "last": None if self.last is None else list(self.last),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.weights, self.last = list(state_dict["weights"]), state_dict["last"]


def _ratio(last: float, before: float) -> float:
    """Return L(t-1) / L(t-2), at most 1e6; 1 if L(t-2) is 0."""
    return min(last / before, 1e6) if before else 1.0
