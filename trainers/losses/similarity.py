"""Cosine similarities between two sets of embeddings, as logits."""

from __future__ import annotations

import torch
from torch import Tensor

from .precision import Scalar, widen, widen_together

_SMALLEST_NORM = 1e-12


def unit(embedding: Tensor) -> Tensor:
    """Return the rows divided by their norm, in float32 or float64.

    A zero row stays zero with zero gradient.
    """
    wide = widen(embedding)
    norm = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
    normalised = wide / norm.clamp_min(_SMALLEST_NORM)
    return torch.where(norm > _SMALLEST_NORM, normalised, 0.0)


def cosine_logits(a: Tensor, b: Tensor, temperature: Scalar) -> Tensor:
    """Return cosine similarities divided by the temperature, from one matrix product.

    Args:
        a: `(M, D)`.
        b: `(N, D)`.
        temperature: > 0; a number, or a 0-d tensor such as a learned `log_temperature.exp()`.

    Returns:
        `(M, N)` in float32 or float64, also under autocast: bfloat16 keeps 3 digits of a logit, and
        a temperature of 0.07 multiplies its error by 14.

    Raises:
        ValueError: not two matrices of the same width, or a temperature ≤ 0.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(
            f"embeddings must be (M, D) and (N, D), found {tuple(a.shape)} and {tuple(b.shape)}"
        )
    if not isinstance(temperature, Tensor) and temperature <= 0:
        raise ValueError(f"temperature must be > 0, found {temperature}")
    with torch.autocast(a.device.type, enabled=False):
        rows, columns = widen_together(unit(a), unit(b))
        return rows @ columns.T / temperature
