"""The mean of per-sample losses, which is 0 and not NaN if there is nothing to average."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from .names import check_choice

Normalize = Literal["count", "weight"]
NORMALIZE: tuple[Normalize, ...] = ("count", "weight")


def weighted_mean(
    losses: Tensor, weights: Tensor | None, valid: Tensor | None, normalize: Normalize
) -> Tensor:
    """Return Σ wᵢ·lossᵢ over the valid elements, divided by their number or their total weight.

    Public implementations disagree on the denominator. `torch.nn.functional.cross_entropy` divides
    by the total weight for index targets and by the number for one-hot targets. Here `count` is
    the default everywhere: with `weight`, a class's weight cancels in a batch of that class alone.

    Args:
        losses: any shape, finite.
        weights: same shape as `losses`, ≥ 0; None means 1.
        valid: boolean, same shape; None means all.
        normalize: `count` or `weight`.

    Returns:
        A 0-d tensor; 0 with zero gradient when nothing is valid or the total weight is 0.

    Raises:
        ValueError: unknown `normalize`.
    """
    check_choice("normalize", normalize, NORMALIZE)
    counts = torch.ones_like(losses) if valid is None else valid.to(losses.dtype)
    weight = counts if weights is None else weights.to(losses.dtype) * counts
    total = counts.sum() if normalize == "count" else weight.sum()
    # `where` and not the product alone: an ignored element may be NaN, and 0 · NaN is NaN.
    weighted = torch.where(weight > 0, losses, 0.0) * weight
    return weighted.sum() / torch.where(total > 0, total, 1.0)
