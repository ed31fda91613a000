"""What a weighting policy is, and what the policies share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..combine import LossWeights
from ..precision import Scalar, number


class Weighting(Protocol):
    """How the terms of a composite loss are summed, possibly differently at every step.

    `state_dict` holds tensors, numbers, lists and dicts only; a trial that loads it goes on
    exactly.
    """

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """One training step.

        Args:
            terms: name → 0-d tensor, for exactly the policy's terms.
            shared: parameters all terms depend on; the gradient-based policies need them.

        Returns:
            The total, to be differentiated, and each term's weight, detached: ∂total/∂term.
        """

    def parameters(self) -> list[nn.Parameter]:
        """Return what the optimizer is to learn with the model, without weight decay; often
        nothing.
        """

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Told each term's mean over the epoch just finished."""

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on."""

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take back what `state_dict` returned."""


def by_name(initial: LossWeights, weights: Tensor) -> dict[str, Tensor]:
    """`(K,)` weights as name → detached 0-d tensor."""
    return dict(zip(initial, weights.detach().unbind(), strict=True))


def inverse_weights(initial: Tensor, size: Tensor, floor: float) -> Tensor:
    """Weights ∝ initial / size whose sum is that of the initial ones.

    Left to itself 1/size forgets the initial weights and runs away as one size goes to 0. Here they
    stay as factors (a term switched off stays off), the sum is kept, and a size counts as at least
    `floor` times the largest, so that a finished term cannot starve the others altogether.

    Args:
        initial: `(K,)`, ≥ 0.
        size: `(K,)`, ≥ 0: a loss or a gradient norm.
        floor: in (0, 1].

    Returns:
        `(K,)`; the initial weights when all sizes are 0.
    """
    largest = (size * (initial > 0)).amax()
    relative = torch.where(
        largest > 0, size / torch.where(largest > 0, largest, 1.0), 1.0
    ).clamp_min(floor)
    raw = initial / relative
    total = raw.sum()
    return raw * initial.sum() / torch.where(total > 0, total, 1.0)


def check_fraction(parameter: str, given: Scalar, *, zero: bool, one: bool) -> float:
    """The number, if it lies between 0 and 1, ends included as said; else a ValueError."""
    value = number(parameter, given)
    if not (0.0 < value < 1.0 or (zero and value == 0.0) or (one and value == 1.0)):
        interval = f"{'[' if zero else '('}0, 1{']' if one else ')'}"
        raise ValueError(f"{parameter} must lie in {interval}, found {value}")
    return value
