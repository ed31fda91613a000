"""The weights of a composite loss, and the function that sums its terms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from .names import check_names
from .precision import Scalar, number


@dataclass(frozen=True)
class LossWeights(Mapping[str, Scalar]):
    """A frozen mapping, term → weight ≥ 0: numbers, or 0-d tensors under `torch.func.vmap`.

    A term with weight 0 is computed and monitored but adds nothing to the total.

        LossWeights({"classification": 1.0, "contrastive": 0.2, "encoder": 0.03})

    Raises:
        ValueError: no term, or a number that is negative or not finite.
    """

    weights: Mapping[str, Scalar]

    def __post_init__(self) -> None:
        if not self.weights:
            raise ValueError("a composite loss needs at least one term, found none")
        for name, weight in self.weights.items():
            if isinstance(weight, Tensor):
                if weight.ndim != 0:
                    raise ValueError(
                        f"the weight of {name} must be a scalar, found shape {tuple(weight.shape)}"
                    )
            else:
                _check_weight(name, weight)
        object.__setattr__(self, "weights", MappingProxyType(dict(self.weights)))

    def __getitem__(self, name: str) -> Scalar:
        return self.weights[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.weights)

    def __len__(self) -> int:
        return len(self.weights)

    def numbers(self) -> list[float]:
        """Return the weights in order, as Python numbers.

        Weighting policies start from them. This reads the tensors' values, so it cannot run under
        `vmap`.

        Raises:
            ValueError: a tensor that is negative or not finite.
        """
        values = []
        for name, weight in self.weights.items():
            value = float(number(f"the weight of {name}", weight))
            _check_weight(name, value)
            values.append(value)
        return values

    def vector(self, like: Tensor) -> Tensor:
        """Return the weights in order, `(K,)`, of the type and on the device of `like`."""
        tensors = [
            torch.as_tensor(weight, dtype=like.dtype, device=like.device)
            for weight in self.weights.values()
        ]
        return torch.stack(tensors)

    def stack(self, terms: Mapping[str, Tensor]) -> Tensor:
        """Return the terms in the order of the weights, `(K,)`.

        Raises:
            ValueError: a term is missing, unknown, or not a scalar.
        """
        check_names("the terms of the loss", list(terms), list(self.weights))
        for name, term in terms.items():
            if term.ndim != 0:
                raise ValueError(
                    f"loss term {name} must be a scalar, found shape {tuple(term.shape)}"
                )
        return torch.stack([terms[name] for name in self.weights])


def _check_weight(name: str, weight: float) -> None:
    if not (math.isfinite(weight) and weight >= 0):
        raise ValueError(
            f"the weight of {name} must be a finite number ≥ 0, found {weight}"
        )


def combine(
    terms: Mapping[str, Tensor], weights: LossWeights
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return Σ weight · term, and the terms for monitoring.

    Args:
        terms: name → 0-d tensor, for exactly the names in `weights`.
        weights: the weights.

    Returns:
        The total, which has a gradient, and every term detached, for monitoring.

    Raises:
        ValueError: missing, unknown or non-scalar terms.
    """
    stacked = weights.stack(terms)
    total = (weights.vector(stacked) * stacked).sum()
    return total, {name: term.detach() for name, term in terms.items()}
