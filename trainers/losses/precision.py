"""Every loss is computed in float32 at least: half and bfloat16 inputs are widened, float64 stays
float64.
"""

from __future__ import annotations

import torch
from torch import Tensor

Scalar = float | Tensor
"""A hyperparameter: a Python number, or a 0-d tensor when several trials are trained fused under
`torch.func.vmap`."""


def widen(tensor: Tensor) -> Tensor:
    """The tensor in float32 when it is half, bfloat16, integer or boolean; float32 and float64 as
    they are.
    """
    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()


def widen_together(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Both tensors widened, and in float64 if one of them is."""
    wide_a, wide_b = widen(a), widen(b)
    common = torch.promote_types(wide_a.dtype, wide_b.dtype)
    return wide_a.to(common), wide_b.to(common)


def number(parameter: str, value: Scalar) -> float:
    """The hyperparameter as a Python number, for what is computed once and not in every step.

    Raises:
        ValueError: a tensor with more than one value.
    """
    if not isinstance(value, Tensor):
        return value
    if value.ndim != 0:
        raise ValueError(
            f"{parameter} must be a number or a 0-d tensor, found {tuple(value.shape)}"
        )
    return float(value.detach())


def scaled(factor: Scalar, loss: Tensor) -> Tensor:
    """`factor · loss` in the type of the loss: a 0-d float64 factor does not change it."""
    return (factor.to(loss.dtype) if isinstance(factor, Tensor) else factor) * loss


def check_class_targets(logits: Tensor, target: Tensor) -> None:
    """Refuse logits and class-index targets that do not belong together.

    Args:
        logits: `(N, C, ...)`, floating point.
        target: `(N, ...)`, integer class indices.

    Raises:
        ValueError: shapes do not match.
        TypeError: logits are not floating point or the target is not integer.
    """
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, found {logits.dtype}")
    if target.is_floating_point() or target.is_complex() or target.dtype == torch.bool:
        raise TypeError(f"target must hold integer class indices, found {target.dtype}")
    if logits.ndim < 2 or target.shape != logits.shape[:1] + logits.shape[2:]:
        raise ValueError(
            f"logits must be (N, C, ...) and target (N, ...), found {tuple(logits.shape)} and "
            f"{tuple(target.shape)}"
        )
