"""Policies driven by the terms' values: `adaptive` (every step) and `dwa` (every epoch)."""

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
    """`adaptive`: each weight drifts towards initial / (mean of the term's last values), sum kept.

        target = initial / mean of the last `window` values, rescaled to the initial sum
        weight ← momentum · weight + (1 - momentum) · target

    Args:
        initial: starting weights; also factors of the targets, so that they are never forgotten.
        window: values averaged; default 10.
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
        """Update the weights from this step's values, then sum; see `Weighting`."""
        stacked = self.initial.stack(terms)
        values = stacked.detach().abs()
        self.recent = torch.cat([self.recent.to(values), values.unsqueeze(0)])[
            -self.window :
        ]
        target = inverse_weights(
            self.initial.vector(values), self.recent.mean(dim=0), self.floor
        )
        self.weights = (
            self.momentum * self.weights.to(values) + (1.0 - self.momentum) * target
        )
        return (self.weights * stacked).sum(), by_name(self.initial, self.weights)

    def parameters(self) -> list[nn.Parameter]:
        """Nothing is learned."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Nothing changes between epochs."""

    def state_dict(self) -> dict[str, Any]:
        """The weights and the recent values."""
        return {"weights": self.weights, "recent": self.recent}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take back what `state_dict` returned."""
        self.weights, self.recent = state_dict["weights"], state_dict["recent"]


class DynamicWeightAverage:
    """`dwa` (Liu et al. 2019, "End-to-End Multi-Task Learning with Attention"): slower terms weigh
    more.

        r_k = L_k(t-1) / L_k(t-2)        w_k ∝ initial_k · exp(r_k / T), with the initial sum

    over the epochs' mean terms L. With equal initial weights of 1 this is the paper's K · softmax(r
    / T). The first two epochs use the initial weights.

    Args:
        initial: starting weights.
        temperature: T > 0, the paper's 2 by default; large T makes the weights even.

    Raises:
        ValueError: a temperature ≤ 0.
    """

    def __init__(self, initial: LossWeights, *, temperature: Scalar = 2.0) -> None:
        self.initial, self.temperature = (
            initial,
            number("temperature of dwa", temperature),
        )
        if not self.temperature > 0:
            raise ValueError(f"temperature of dwa must be > 0, found {temperature}")
        self.start = initial.numbers()
        self.weights = self.start
        self.last: list[float] | None = None

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum with the epoch's weights; see `Weighting`."""
        stacked = self.initial.stack(terms)
        weights = torch.tensor(self.weights, dtype=stacked.dtype, device=stacked.device)
        return (weights * stacked).sum(), by_name(self.initial, weights)

    def parameters(self) -> list[nn.Parameter]:
        """Nothing is learned."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Set the next epoch's weights; a term that is not finite leaves them as they are."""
        now = [float(mean_terms[name]) for name in self.initial]
        if not all(math.isfinite(value) for value in now):
            return
        if self.last is not None:
            pace = [
                _pace(value, before) / self.temperature
                for value, before in zip(now, self.last, strict=True)
            ]
            top = max(pace)
            raw = [w * math.exp(p - top) for w, p in zip(self.start, pace, strict=True)]
            total = sum(raw)
            self.weights = [sum(self.start) * r / total if total else 0.0 for r in raw]
        self.last = now

    def state_dict(self) -> dict[str, Any]:
        """The weights and the last epoch's mean terms."""
        return {
            "weights": list(self.weights),
            "last": None if self.last is None else list(self.last),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take back what `state_dict` returned."""
        self.weights, self.last = list(state_dict["weights"]), state_dict["last"]


def _pace(now: float, before: float) -> float:
    """L(t-1) / L(t-2), at most a million; 1 for a term that was 0 and so has no pace."""
    return min(now / before, 1e6) if before else 1.0
