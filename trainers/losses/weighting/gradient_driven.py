"""Policies driven by the terms' gradients on the shared parameters: `gradient_balanced` and
`gradnorm`.

Each takes one backward pass per term and step, by `torch.autograd.grad`: `.grad` is neither read
nor written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..combine import LossWeights
from ..gradient import gradient_norm
from ..precision import Scalar, number
from .policy import by_name, check_fraction, inverse_weights


def gradient_norms(
    initial: LossWeights, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None
) -> Tensor:
    """Global Euclidean norm of each term's gradient over the shared parameters, before any weight.

    Args:
        initial: names the terms; one with initial weight 0 is not differentiated and has norm 0.
        terms: name → 0-d tensor.
        shared: parameters; a term that does not depend on them has norm 0.

    Returns:
        `(K,)`, detached.

    Raises:
        ValueError: no shared parameters.
    """
    if not shared:
        raise ValueError(
            "this weighting policy needs the shared parameters, found none: call it as (terms, "
            "shared)"
        )
    return torch.stack(
        [
            gradient_norm(terms[name], shared if initial[name] != 0 else ())
            for name in initial
        ]
    )


class GradientBalanced:
    """`gradient_balanced`: weights inverse to the gradient norms, so that every term pulls alike.

        weight = initial / norm, rescaled to the initial sum

    so that weight · norm is in proportion to the initial weights: equal initial weights, equal
    pull.

    Args:
        initial: starting weights.
        momentum: of a moving average of the norms, in [0, 1); 0 takes each step's own. The average
            starts at the first norms, so that the law above is exact at the first step with any
            momentum. Default 0.9.
        every: steps from one measurement of the norms to the next; K backward passes are saved in
            between. Default 1.
        floor: a norm counts as at least this share of the largest (see `inverse_weights`); default
            0.01.

    Raises:
        ValueError: an option out of bounds.
    """

    def __init__(
        self,
        initial: LossWeights,
        *,
        momentum: Scalar = 0.9,
        every: int = 1,
        floor: Scalar = 0.01,
    ) -> None:
        if every < 1:
            raise ValueError(f"every must be ≥ 1, found {every}")
        self.initial, self.every = initial, int(every)
        self.momentum = check_fraction("momentum", momentum, zero=True, one=False)
        self.floor = check_fraction("floor", floor, zero=False, one=True)
        initial.numbers()  # refuses what is no weight
        self.norms: Tensor | None = None
        self.steps = 0

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Measure the norms, then sum; see `Weighting`."""
        stacked = self.initial.stack(terms)
        if self.norms is None:
            self.norms = gradient_norms(self.initial, terms, shared)
        elif self.steps % self.every == 0:
            now = gradient_norms(self.initial, terms, shared)
            self.norms = (
                self.momentum * self.norms.to(now) + (1.0 - self.momentum) * now
            )
        self.steps += 1
        weights = inverse_weights(
            self.initial.vector(stacked), self.norms.to(stacked.detach()), self.floor
        )
        return (weights * stacked).sum(), by_name(self.initial, weights)

    def parameters(self) -> list[nn.Parameter]:
        """Nothing is learned."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Nothing changes between epochs."""

    def state_dict(self) -> dict[str, Any]:
        """The averaged norms and the number of steps."""
        return {"norms": self.norms, "steps": self.steps}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take back what `state_dict` returned."""
        self.norms, self.steps = state_dict["norms"], state_dict["steps"]


class GradNorm:
    """`gradnorm` (Chen et al. 2018): weights learned so that terms train at similar rates.

    With G_k = w_k · (gradient norm of term k), its mean Ḡ, and r_k the loss ratio L_k / L_k(0) over
    its mean, the weights descend on Σ |G_k - Ḡ r_k^alpha|, the target held constant, and are
    rescaled to the initial sum after each step. Since G_k is linear in w_k that gradient is
    sign(G_k - target_k) · norm_k, without a second derivative.

    Args:
        initial: where the weights start and what they sum to. A term with weight 0 stays off.
        alpha: strength of the pull towards equal rates, ≥ 0; 0 makes the gradients equal. Default
            1.5, the paper's.
        learning_rate: of the Adam that learns the weights, apart from the model's optimizer;
            default the paper's 0.025.
        device: where the weights live; the model's.

    Raises:
        ValueError: an option out of bounds.
    """

    def __init__(
        self,
        initial: LossWeights,
        *,
        alpha: Scalar = 1.5,
        learning_rate: Scalar = 0.025,
        device: torch.device | str | None = None,
    ) -> None:
        self.initial, self.alpha = initial, number("alpha of gradnorm", alpha)
        rate = number("learning_rate of gradnorm", learning_rate)
        if not self.alpha >= 0:
            raise ValueError(f"alpha of gradnorm must be ≥ 0, found {alpha}")
        if not rate > 0:
            raise ValueError(
                f"learning_rate of gradnorm must be > 0, found {learning_rate}"
            )
        self.weights = nn.Parameter(torch.tensor(initial.numbers(), device=device))
        self.on = self.weights.detach() > 0
        self.sum = float(self.weights.detach().sum())
        self.first: Tensor | None = None
        self.optimizer = torch.optim.Adam([self.weights], lr=rate)

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum with the present weights, then learn the next ones; see `Weighting`."""
        stacked = self.initial.stack(terms)
        weights = self.weights.detach().clone().to(stacked)
        norms = gradient_norms(self.initial, terms, shared).to(self.weights)
        self._learn(stacked.detach().to(self.weights), norms)
        return (weights * stacked).sum(), by_name(self.initial, weights)

    def _learn(self, losses: Tensor, norms: Tensor) -> None:
        if self.first is None:
            self.first = losses.clone()
        first = self.first.to(losses)
        ratio = torch.where(
            first > 0, losses / torch.where(first > 0, first, 1.0), 1.0
        ).clamp_min(0.0)
        pull = self.weights.detach() * norms
        target = (
            self._mean(pull)
            * (ratio / self._mean(ratio).clamp_min(torch.finfo(ratio.dtype).tiny))
            ** self.alpha
        )
        self.weights.grad = torch.sign(pull - target) * norms * self.on
        self.optimizer.step()
        with torch.no_grad():
            # The paper's weights may cross 0; one that does would turn its term around.
            kept = self.weights.clamp_min(1e-3 * self.sum / len(self.initial)) * self.on
            self.weights.copy_(
                kept * self.sum / kept.sum().clamp_min(torch.finfo(kept.dtype).tiny)
            )

    def _mean(self, values: Tensor) -> Tensor:
        """Mean over the terms that are on."""
        return (values * self.on).sum() / self.on.sum().clamp_min(1)

    def parameters(self) -> list[nn.Parameter]:
        """Nothing for the model's optimizer: the weights have their own."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Nothing changes between epochs."""

    def state_dict(self) -> dict[str, Any]:
        """The weights, their optimizer's state and the first losses."""
        return {
            "weights": self.weights.detach().clone(),
            "first": self.first,
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take back what `state_dict` returned."""
        with torch.no_grad():
            self.weights.copy_(state_dict["weights"])
        self.first = state_dict["first"]
        self.optimizer.load_state_dict(state_dict["optimizer"])
