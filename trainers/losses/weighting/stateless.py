"""Policies without state: `fixed` and `normalized`."""

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
        """Sum the terms with the initial weights; see `Weighting`."""
        stacked = self.initial.stack(terms)
        weights = self.initial.vector(stacked)
        return (weights * stacked).sum(), by_name(self.initial, weights)

    def parameters(self) -> list[nn.Parameter]:
        """Return no parameter: nothing is learned."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Do nothing: the weights never change."""

    def state_dict(self) -> dict[str, Any]:
        """Return an empty dict: there is no state."""
        return {}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Do nothing: there is no state."""


class Normalized(Fixed):
    """`normalized`: Σ weight · log(1 + term), which reduces the effect of large terms.

    The weight returned is the factor of the term's gradient, weight / (1 + term). A negative term
    counts as -log(1 + |term|); no loss here has one.
    """

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum the logarithms of the terms; see `Weighting`."""
        stacked = self.initial.stack(terms)
        weights = self.initial.vector(stacked)
        # Not torch.sign, which is 0 at 0: the derivative of log(1 + x) there is 1.
        sign = torch.where(stacked < 0, -1.0, 1.0).to(stacked)
        absolute = sign * stacked
        total = (weights * sign * absolute.log1p()).sum()
        return total, by_name(self.initial, weights / (1.0 + absolute))
