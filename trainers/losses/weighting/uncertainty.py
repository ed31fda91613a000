"""The policy whose weights are learned with the model: `uncertainty`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..combine import LossWeights
from .policy import by_name


class Uncertainty:
    """`uncertainty` (Kendall et al. 2018, "Multi-Task Learning Using Uncertainty to Weigh Losses").

        total = Σ exp(-s_k) · term_k + ½ s_k

    The s_k are learned. At the optimum exp(-s_k) = 1 / (2 term_k), whatever the initial weights.
    The paper's ½ in front of regression losses only shifts s by log 2. The s_k start at
    -log(initial), so that training begins with the initial weights; a term with weight 0 stays
    off. The total may become negative.

    Args:
        initial: starting weights.
        device: device of the parameter, the model's.
    """

    def __init__(
        self, initial: LossWeights, *, device: torch.device | str | None = None
    ) -> None:
        self.initial = initial
        numbers = initial.numbers()
        self.on = torch.tensor([weight > 0 for weight in numbers], device=device)
        start = [-math.log(weight) if weight > 0 else 0.0 for weight in numbers]
        self.log_variance = nn.Parameter(torch.tensor(start, device=device))

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum the terms; the total's gradient also reaches the log-variances. See `Weighting`."""
        stacked = self.initial.stack(terms)
        s, on = self.log_variance.to(stacked), self.on.to(stacked)
        weights = on * torch.exp(-s)
        total = (weights * stacked + on * s / 2.0).sum()
        return total, by_name(self.initial, weights)

    def parameters(self) -> list[nn.Parameter]:
        """Return the log-variances s, `(K,)`."""
        return [self.log_variance]

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Do nothing: the optimizer updates the log-variances."""

    def state_dict(self) -> dict[str, Any]:
        """Return the log-variances."""
        return {"log_variance": self.log_variance.detach().clone()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned, into the same parameter."""
        with torch.no_grad():
            self.log_variance.copy_(state_dict["log_variance"])
