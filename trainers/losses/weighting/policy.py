"""The protocol of weighting policies, and the functions they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..combine import LossWeights
from ..precision import Scalar, number


class Weighting(Protocol):
    """Sums the terms of a composite loss with weights that may change at every step.

    `state_dict` holds only tensors, numbers, lists and dicts. A trial that loads it continues as
    if it had not been interrupted.
    """

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total of one training step and the weights used.

        Args:
            terms: name → 0-d tensor, for exactly the policy's terms.
            shared: parameters that all terms depend on; the gradient-based policies need them.

        Returns:
            The total, which has a gradient, and each term's weight ∂total/∂term, detached.
        """

    def parameters(self) -> list[nn.Parameter]:
        """Return the parameters for the model's optimizer, to be learned without weight decay."""

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Receive each term's mean over the epoch that has ended."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state that a resumed trial needs."""

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""


def by_name(initial: LossWeights, weights: Tensor) -> dict[str, Tensor]:
    """Return `(K,)` weights as name → detached 0-d tensor."""
    return dict(zip(initial, weights.detach().unbind(), strict=True))


def inverse_weights(initial: Tensor, size: Tensor, floor: float) -> Tensor:
    """Return weights ∝ initial / size, with the sum of the initial weights.

    1 / size alone would ignore the initial weights and grow without bound as a size goes to 0.
    Here the initial weights are factors, so that a term with weight 0 stays off, and the sum is
    kept. A size counts as at least `floor` times the largest, so that a term close to 0 cannot
    take all the weight.

    Args:
        initial: `(K,)`, ≥ 0.
        size: `(K,)`, ≥ 0: a loss or a gradient norm.
        floor: in (0, 1].

    Returns:
        `(K,)`; the initial weights when all sizes are 0.
    """
    largest = (size * (initial > 0)).amax()
    relative = size / torch.where(largest > 0, largest, 1.0)
    relative = torch.where(largest > 0, relative, 1.0).clamp_min(floor)
    unscaled = initial / relative
    total = unscaled.sum()
    return unscaled * initial.sum() / torch.where(total > 0, total, 1.0)


def check_fraction(parameter: str, given: Scalar, *, zero: bool, one: bool) -> float:
    """Return the value as a number; raise a ValueError unless it lies between 0 and 1.

    `zero` and `one` say whether these two values are allowed.
    """
    value = number(parameter, given)
    allowed_end = (zero and value == 0.0) or (one and value == 1.0)
    if not (0.0 < value < 1.0 or allowed_end):
        opening, closing = "[" if zero else "(", "]" if one else ")"
        raise ValueError(
            f"{parameter} must lie in {opening}0, 1{closing}, found {value}"
        )
    return value
