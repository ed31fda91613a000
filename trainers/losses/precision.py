"""The precision of the losses: half and bfloat16 inputs become float32, float64 stays float64."""

from __future__ import annotations

import torch
from torch import Tensor

Scalar = float | Tensor
"""A hyperparameter: a Python number, or a 0-d tensor where `torch.func.vmap` trains several trials
at once."""


def widen(tensor: Tensor) -> Tensor:
    """Return the tensor in float32, unless it is float64 already."""
    if tensor.dtype in (torch.float32, torch.float64):
        return tensor
    return tensor.float()


def widen_together(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return both tensors widened, in float64 if one of them is float64."""
    wide_a, wide_b = widen(a), widen(b)
    common = torch.promote_types(wide_a.dtype, wide_b.dtype)
    return wide_a.to(common), wide_b.to(common)


def number(parameter: str, value: Scalar) -> float:
    """Return the hyperparameter as a Python number, for what is computed once and not at every
    step.

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
    """Return `factor · loss` in the loss's dtype, also where the factor is a float64 tensor."""
    if isinstance(factor, Tensor):
        factor = factor.to(loss.dtype)
    return factor * loss


def check_class_targets(logits: Tensor, target: Tensor) -> None:
    """Raise unless the logits and the class-index targets have fitting shapes and types.

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
