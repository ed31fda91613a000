"""Policies without memory: `fixed` and `normalized`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..combine import LossWeights
from .policy import by_name


class Fixed:
    """`fixed`: Σ weight · term with the initial weights throughout."""

    def __init__(self, initial: LossWeights) -> None:
        self.initial = initial

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum; see `Weighting`."""
        stacked = self.initial.stack(terms)
        weights = self.initial.vector(stacked)
        return (weights * stacked).sum(), by_name(self.initial, weights)

    def parameters(self) -> list[nn.Parameter]:
        """Nothing is learned."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Nothing changes."""

    def state_dict(self) -> dict[str, Any]:
        """Nothing to remember."""
        return {}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Nothing to take back."""


class Normalized(Fixed):
    """`normalized`: Σ weight · log(1 + term), which flattens terms of large value.

    The weight reported is the factor on the term's gradient, weight / (1 + term). A negative term
    (no loss here has one) enters as -log(1 + |term|).
    """

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum the logarithms; see `Weighting`."""
        stacked = self.initial.stack(terms)
        weights = self.initial.vector(stacked)
        side = torch.where(stacked < 0, -1.0, 1.0).to(
            stacked
        )  # never 0, as sign() is: d log1p(x)/dx is 1 at 0
        size = side * stacked
        total = (weights * side * size.log1p()).sum()
        return total, by_name(self.initial, weights / (1.0 + size))
