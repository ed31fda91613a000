"""Focal loss (Lin et al. 2017): `alpha · (1 - p_t)^gamma · (-log p_t)`.

**What alpha means here.** A scalar alpha multiplies the whole loss; a vector has one multiplier per
class. Other libraries differ: kornia and MONAI read a scalar as `[1-α, α, α, …]`, and
segmentation-models-pytorch's multi-class focal loss is a one-vs-rest sigmoid. The three give
different numbers for the same input.
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
    """Return (1 - p)^gamma from log p, with finite value and gradient for every gamma ≥ 0.

    `-expm1(log p)` keeps the digits that `1 - exp(log p)` loses near p = 1. It is bounded below by
    the smallest normal number: the gradient of the power is infinite at 0 for gamma < 1, although
    the gradient of the loss is 0 there.

    Args:
        log_p: log-probabilities ≤ 0, any shape.
        gamma: ≥ 0; a number or a 0-d tensor.

    Raises:
        ValueError: a negative gamma (checked for numbers; the value of a tensor is not read).
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
    """Return the softmax focal loss over classes, averaged over the elements that count.

    `gamma=0` with `alpha=1` is exactly `cross_entropy`.

    Args:
        logits: `(N, C, ...)`.
        target: `(N, ...)` class indices.
        gamma: focusing exponent ≥ 0; default 2, the paper's.
        alpha: a number or 0-d tensor multiplies the loss; a `(C,)` tensor multiplies each element
            by its class's entry.
        ignore_index: target value of elements that do not count.
        normalize: divide by the number of elements (`count`) or, with an alpha per class, by the
            total alpha (`weight`); a scalar alpha multiplies in both cases and never cancels.

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
    """Return the sigmoid focal loss over independent labels, averaged over all labels that count.

    `gamma=0` with `alpha=1` is exactly `binary_cross_entropy`. A soft target t weights the terms
    of a present and an absent label by t and 1 - t.

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
    wide = widen(without_ignored(logits, valid))
    valid_target = torch.where(valid, target, 0).to(wide.dtype)
    log_present, log_absent = F.logsigmoid(wide), F.logsigmoid(-wide)
    present = valid_target * focal_factor(log_present, gamma) * -log_present
    absent = (1.0 - valid_target) * focal_factor(log_absent, gamma) * -log_absent
    per_class, scale = split_alpha(alpha)
    weights = per_label(per_class, logits)
    return scaled(scale, weighted_mean(present + absent, weights, valid, normalize))


def split_alpha(alpha: Scalar) -> tuple[Tensor | None, Scalar]:
    """Return alpha as (weights per class or None, multiplier of the whole loss).

    A scalar gives (None, alpha), a vector (alpha, 1).
    """
    if isinstance(alpha, Tensor) and alpha.ndim > 0:
        return alpha, 1.0
    return None, alpha
