"""The order of training samples, shuffled or balanced by class."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def inverse_frequency_weights(labels: Tensor, smooth: float = 1.0) -> Tensor:
    """Return the sampling weight `(1/n_c)^smooth` of each sample; n_c is the size of its class.

    Args:
        labels: (N,) class indices.
        smooth: 1 draws every class equally often, 0 every sample.

    Returns:
        (N,) float64.
    """
    counts = torch.bincount(labels).double()
    return counts[labels] ** -smooth


def epoch_batches(
    samples: int,
    batch_size: int,
    generator: torch.Generator,
    weights: Tensor | None = None,
) -> tuple[Tensor, ...]:
    """Draw one epoch's batches of sample indices, each (B,); the last one may be smaller.

    Args:
        samples: N.
        batch_size: B.
        generator: the only source of randomness, on the CPU.
        weights: (N,) probabilities up to a factor; N samples are drawn with replacement. None:
            each sample once, shuffled.
    """
    if weights is None:
        order = torch.randperm(samples, generator=generator)
    else:
        order = torch.multinomial(
            weights, samples, replacement=True, generator=generator
        )
    return torch.split(order, batch_size)


def steps_per_epoch(samples: int, batch_size: int) -> int:
    """Return the number of batches that `epoch_batches` returns."""
    return math.ceil(samples / batch_size)
