"""How per-sample losses become one number, without NaN when nothing is left to average."""

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
    """Σ wᵢ·lossᵢ over the valid elements, divided by their number or by their total weight.

    The two denominators are what public implementations disagree on:
    `torch.nn.functional.cross_entropy` divides by the total weight for index targets and by the
    number for one-hot targets. Here `count` is the default everywhere, so that a class weight
    changes a class's pull instead of cancelling in a batch of that class alone.

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
    share = torch.ones_like(losses) if weights is None else weights.to(losses.dtype)
    keep = torch.ones_like(losses) if valid is None else valid.to(losses.dtype)
    kept = share * keep
    total = keep.sum() if normalize == "count" else kept.sum()
    # `where`, not a product alone: an ignored element may hold anything.
    weighted = torch.where(kept > 0, losses, 0.0) * kept
    return weighted.sum() / torch.where(total > 0, total, 1.0)
