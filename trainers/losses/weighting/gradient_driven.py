"""Policies that use the terms' gradients on the shared parameters: `gradient_balanced`, `gradnorm`.

Each needs one backward pass per term and step, by `torch.autograd.grad`; `.grad` is neither read
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
    """Return the Euclidean norm of each term's gradient over the shared parameters, unweighted.

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
    norms = []
    for name, weight in initial.items():
        parameters = shared if weight != 0 else ()
        norms.append(gradient_norm(terms[name], parameters))
    return torch.stack(norms)


class GradientBalanced:
    """`gradient_balanced`: weights inverse to the gradient norms.

        weight = initial / norm, rescaled to the initial sum

    weight · norm is then in proportion to the initial weights: terms with equal initial weights
    have weighted gradients of equal norm.

    Args:
        initial: starting weights.
        momentum: of a moving average of the norms, in [0, 1); 0 uses the norms of each step. The
            average starts at the first norms, so that the formula is exact at the first step.
            Default 0.9.
        every: the norms are measured every so many steps; a step without a measurement saves K
            backward passes. Default 1.
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
        initial.numbers()  # raises if a tensor is negative or not finite
        self.norms: Tensor | None = None
        self.steps = 0

    def __call__(
        self, terms: Mapping[str, Tensor], shared: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Measure the norms if this step is due, then sum the terms; see `Weighting`."""
        stacked = self.initial.stack(terms)
        if self.norms is None:
            self.norms = gradient_norms(self.initial, terms, shared)
        elif self.steps % self.every == 0:
            measured = gradient_norms(self.initial, terms, shared)
            averaged = self.norms.to(measured)
            self.norms = self.momentum * averaged + (1.0 - self.momentum) * measured
        self.steps += 1
        initial = self.initial.vector(stacked)
        norms = self.norms.to(stacked.detach())
        weights = inverse_weights(initial, norms, self.floor)
        return (weights * stacked).sum(), by_name(self.initial, weights)

    def parameters(self) -> list[nn.Parameter]:
        """Return no parameter: nothing is learned."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Do nothing: the weights change at every step."""

    def state_dict(self) -> dict[str, Any]:
        """Return the averaged norms and the number of steps."""
        return {"norms": self.norms, "steps": self.steps}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.norms, self.steps = state_dict["norms"], state_dict["steps"]


class GradNorm:
    """`gradnorm` (Chen et al. 2018): weights learned so that terms train at similar rates.

    G_k = w_k · (gradient norm of term k), Ḡ is its mean, and r_k is the loss ratio L_k / L_k(0)
    over its mean. The weights descend on Σ |G_k - Ḡ r_k^alpha| with the target Ḡ r_k^alpha held
    constant, and are rescaled to the initial sum after each step. G_k is linear in w_k, so the
    gradient is sign(G_k - target_k) · norm_k; no second derivative is needed.

    Args:
        initial: the weights at the start, whose sum is kept. A term with weight 0 stays off.
        alpha: strength of the pull towards equal training rates, ≥ 0; 0 makes the gradients equal.
            Default 1.5, the paper's.
        learning_rate: of the Adam that learns the weights; the model's optimizer does not touch
            them. Default 0.025, the paper's.
        device: device of the weights, the model's.

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
        """Sum the terms with the present weights, then learn the next; see `Weighting`."""
        stacked = self.initial.stack(terms)
        weights = self.weights.detach().clone().to(stacked)
        norms = gradient_norms(self.initial, terms, shared).to(self.weights)
        self._learn(stacked.detach().to(self.weights), norms)
        return (weights * stacked).sum(), by_name(self.initial, weights)

    def _learn(self, losses: Tensor, norms: Tensor) -> None:
        """Update the weights from this step's losses and gradient norms, each `(K,)`."""
        if self.first is None:
            self.first = losses.clone()
        first = self.first.to(losses)
        ratio = losses / torch.where(first > 0, first, 1.0)
        ratio = torch.where(first > 0, ratio, 1.0).clamp_min(0.0)
        mean_ratio = self._mean(ratio).clamp_min(torch.finfo(ratio.dtype).tiny)
        weighted_norms = self.weights.detach() * norms
        target = self._mean(weighted_norms) * (ratio / mean_ratio) ** self.alpha
        self.weights.grad = torch.sign(weighted_norms - target) * norms * self.on
        self.optimizer.step()
        with torch.no_grad():
            self.weights.copy_(self._rescaled(self.weights))

    def _rescaled(self, weights: Tensor) -> Tensor:
        """Return positive weights with the initial sum; terms that are off stay at 0.

        The paper's weights can become negative, and a negative weight would maximise its term.
        """
        smallest = 1e-3 * self.sum / len(self.initial)
        positive = weights.clamp_min(smallest) * self.on
        total = positive.sum().clamp_min(torch.finfo(positive.dtype).tiny)
        return positive * self.sum / total

    def _mean(self, values: Tensor) -> Tensor:
        """Return the mean over the terms that are on."""
        return (values * self.on).sum() / self.on.sum().clamp_min(1)

    def parameters(self) -> list[nn.Parameter]:
        """Return no parameter: the weights have an optimizer of their own."""
        return []

    def epoch_end(self, mean_terms: Mapping[str, float]) -> None:
        """Do nothing: the weights change at every step."""

    def state_dict(self) -> dict[str, Any]:
        """Return the weights, their optimizer's state and the first losses."""
        return {
            "weights": self.weights.detach().clone(),
            "first": self.first,
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        with torch.no_grad():
            self.weights.copy_(state_dict["weights"])
        self.first = state_dict["first"]
        self.optimizer.load_state_dict(state_dict["optimizer"])
