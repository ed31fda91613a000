"""Focal loss (Lin et al. 2017): `alpha · (1 - p_t)^gamma · (-log p_t)`.

**What alpha means here.** A scalar alpha is a plain multiplier of the whole loss, a vector is one
multiplier per class.
Others disagree: kornia and MONAI read a scalar as `[1-α, α, α, …]`, segmentation-models-pytorch's
multi-class focal is one-vs-rest sigmoid. On the same input the three give different numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .cross_entropy import (
    check_label_targets,
    per_element,
    per_label,
    true_class_log_probability,
)
from .ignored import IGNORE_INDEX, counted, without_ignored
from .precision import Scalar, scaled, widen
from .reduction import Normalize, weighted_mean


def focal_factor(log_p: Tensor, gamma: Scalar) -> Tensor:
    """(1 - p)^gamma from log p, finite with a finite gradient at p = 0 and p = 1 for every gamma ≥
    0.

    `-expm1(log p)` keeps the digits that `1 - exp(log p)` loses near p = 1; the floor under it
    stops the power's gradient, which is infinite at 0 for gamma < 1 while the loss's own is 0
    there.

    Args:
        log_p: log-probabilities ≤ 0, any shape.
        gamma: ≥ 0; a number or a 0-d tensor.

    Raises:
        ValueError: a negative gamma (checked for numbers; a tensor is taken at its word).
    """
    if not isinstance(gamma, Tensor) and gamma < 0:
        raise ValueError(f"gamma of the focal loss must be ≥ 0, found {gamma}")
    rest = (-torch.expm1(log_p)).clamp_min(torch.finfo(log_p.dtype).tiny)
    return rest**gamma


def focal_loss(
    logits: Tensor,
    target: Tensor,
    *,
    gamma: Scalar = 2.0,
    alpha: Scalar = 1.0,
    ignore_index: int = IGNORE_INDEX,
    normalize: Normalize = "count",
) -> Tensor:
    """Softmax focal loss over classes, averaged over the elements that are not ignored.

    `gamma=0` with `alpha=1` is exactly `cross_entropy`.

    Args:
        logits: `(N, C, ...)`.
        target: `(N, ...)` class indices.
        gamma: focusing exponent ≥ 0; default 2, the paper's.
        alpha: a number or 0-d tensor multiplies the loss; a `(C,)` tensor multiplies each element
            by its class's entry.
        ignore_index: target value of elements that do not count.
        normalize: divide by the number of elements (`count`), or by the total alpha when it is per
            class (`weight`; a scalar alpha then still multiplies, it does not cancel).

    Returns:
        0-d tensor, float32 or float64; 0 with zero gradient when every element is ignored or has
        weight 0.
    """
    log_p, valid = true_class_log_probability(logits, target, ignore_index)
    per_class, scale = split_alpha(alpha)
    losses = focal_factor(log_p, gamma) * -log_p
    weights = per_element(per_class, target, valid, logits.shape[1])
    return scaled(scale, weighted_mean(losses, weights, valid, normalize))


def sigmoid_focal_loss(
    logits: Tensor,
    target: Tensor,
    *,
    gamma: Scalar = 2.0,
    alpha: Scalar = 1.0,
    ignore_index: int = IGNORE_INDEX,
    normalize: Normalize = "count",
) -> Tensor:
    """Sigmoid focal loss over independent labels, averaged over every label of every sample that is
    not ignored.

    `gamma=0` with `alpha=1` is exactly `binary_cross_entropy`. Soft targets weigh the two sides.

    Args:
        logits: `(N, L)`.
        target: `(N, L)`, in [0, 1]; `ignore_index` where the label is unknown.
        gamma: focusing exponent ≥ 0.
        alpha: a multiplier of the loss, or `(L,)` one per label. Not RetinaNet's α/(1-α) for
            present/absent labels.
        ignore_index: target value of labels that do not count.
        normalize: as for `focal_loss`.
    """
    check_label_targets(logits, target)
    valid = counted(target, ignore_index)
    z = widen(without_ignored(logits, valid))
    known = torch.where(valid, target, 0).to(z.dtype)
    log_present, log_absent = F.logsigmoid(z), F.logsigmoid(-z)
    present = known * focal_factor(log_present, gamma) * -log_present
    absent = (1.0 - known) * focal_factor(log_absent, gamma) * -log_absent
    per_class, scale = split_alpha(alpha)
    weights = per_label(per_class, logits)
    return scaled(scale, weighted_mean(present + absent, weights, valid, normalize))


def split_alpha(alpha: Scalar) -> tuple[Tensor | None, Scalar]:
    """Alpha as (per-class weights or None, multiplier of the whole loss); one of the two is
    neutral.
    """
    if isinstance(alpha, Tensor) and alpha.ndim > 0:
        return alpha, 1.0
    return None, alpha
