"""Targets that a loss ignores."""

from __future__ import annotations

import torch
from torch import Tensor

IGNORE_INDEX = -100  # PyTorch's


def counted(target: Tensor, ignore_index: int) -> Tensor:
    """Return where the target is not `ignore_index`: boolean, of the target's shape.

    If the target's integer type cannot hold `ignore_index`, every element counts. PyTorch would
    wrap the number: -100 equals 156 in a uint8 mask, and a wrong label 156 would be ignored.
    """
    if not (target.is_floating_point() or target.dtype == torch.bool):
        limits = torch.iinfo(target.dtype)
        if not limits.min <= ignore_index <= limits.max:
            return torch.ones_like(target, dtype=torch.bool)
    return target != ignore_index


def without_ignored(logits: Tensor, valid: Tensor) -> Tensor:
    """Return the logits with 0 where the target is ignored.

    An ignored element may be NaN or infinite and must change neither the loss nor the gradient.
    Multiplying by 0 does not help (0 · NaN is NaN), so it is replaced before the first operation.

    Args:
        logits: any floating type.
        valid: boolean, broadcastable to `logits`.
    """
    return logits.masked_fill(~valid, 0.0)
