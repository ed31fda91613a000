"""Which targets count."""

from __future__ import annotations

import torch
from torch import Tensor

IGNORE_INDEX = -100  # PyTorch's


def counted(target: Tensor, ignore_index: int) -> Tensor:
    """Where the target is not `ignore_index`, boolean, of the target's shape.

    A target whose integer type cannot hold `ignore_index` has nothing to ignore. PyTorch would wrap
    the number instead: -100 equals 156 in a uint8 mask, and a wrong label would go unnoticed.
    """
    if not (target.is_floating_point() or target.dtype == torch.bool):
        limits = torch.iinfo(target.dtype)
        if not limits.min <= ignore_index <= limits.max:
            return torch.ones_like(target, dtype=torch.bool)
    return target != ignore_index


def without_ignored(logits: Tensor, valid: Tensor) -> Tensor:
    """The logits with 0 wherever the target does not count.

    An ignored element may hold anything. A NaN or an infinity there must reach neither the loss
    nor the gradient, where even 0 · NaN is NaN; so it is replaced before the first operation.

    Args:
        logits: any floating type.
        valid: boolean, broadcastable to `logits`.
    """
    return logits.masked_fill(~valid, 0.0)
