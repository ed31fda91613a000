"""Cross-entropy or focal loss plus Dice for segmentation, from one pass over the logits.

    total = ce_weight · (CE or focal) + dice_weight · Dice

`segmentation_terms` returns the two terms; the caller weights and sums them with `combine`. Both
come from one log-softmax, computed in tiles. There is no one-hot copy; at its peak the memory holds
the logits and one gradient of their size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from .cross_entropy import per_element
from .dice import DEFAULT_DICE, DiceSums, DiceVariant, dice_from_sums
from .focal import focal_factor, split_alpha
from .ignored import IGNORE_INDEX, counted
from .names import check_choice
from .precision import Scalar, scaled
from .reduction import Normalize, weighted_mean
from .tiled import log_probability_and_mass, plain_log_probability_and_mass

Implementation = Literal["tiled", "plain"]
_IMPLEMENTATIONS: dict[str, Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]] = {
    "tiled": log_probability_and_mass,
    "plain": plain_log_probability_and_mass,
}
PIXEL_LOSSES: tuple[str, ...] = ("ce", "focal")


def segmentation_terms(
    logits: Tensor,
    target: Tensor,
    *,
    loss_type: Literal["ce", "focal"] = "ce",
    focal_gamma: Scalar = 2.0,
    focal_alpha: Scalar = 1.0,
    class_weight: Tensor | None = None,
    dice: DiceVariant = DEFAULT_DICE,
    ignore_index: int = IGNORE_INDEX,
    normalize: Normalize = "count",
    implementation: Implementation = "tiled",
) -> dict[str, Tensor]:
    """Return the two terms of a segmentation loss.

    Args:
        logits: `(N, C, H, W)`, or any other `(N, C, ...)`.
        target: `(N, H, W)` class indices.
        loss_type: `ce` or `focal`, the pixel term.
        focal_gamma: focusing exponent ≥ 0 (focal only); 0 is exactly cross-entropy.
        focal_alpha: multiplier of the focal loss, or `(C,)` one per class (focal only). This is
            not kornia's or MONAI's α, see `focal`.
        class_weight: `(C,)`; multiplies each pixel's term, on top of a per-class alpha. Dice takes
            no class weights: it averages over classes already.
        dice: which Dice loss; default over the batch, classes present, macro.
        ignore_index: target value of pixels that count in neither term.
        normalize: denominator of the pixel term, as for `cross_entropy`.
        implementation: `tiled`, or `plain` where second derivatives are needed.

    Returns:
        `{"ce": ..., "dice": ...}`, 0-d float32 or float64 tensors; `ce` is the focal loss if
        `loss_type` is `focal`. Each is 0 with zero gradient when every pixel is ignored.

    Raises:
        ValueError: unknown names, or shapes that do not fit.
        TypeError: logits are not floating point or the target is not integer.
    """
    check_choice("loss_type", loss_type, PIXEL_LOSSES)
    check_choice("implementation", implementation, tuple(_IMPLEMENTATIONS))
    log_p, mass = _IMPLEMENTATIONS[implementation](logits, target, ignore_index)
    valid = counted(target, ignore_index)
    losses, per_class = -log_p, class_weight
    scale: Scalar = 1.0
    if loss_type == "focal":
        losses = losses * focal_factor(log_p, focal_gamma)
        alpha, scale = split_alpha(focal_alpha)
        if alpha is not None:
            per_class = alpha if class_weight is None else alpha * class_weight
    weights = per_element(per_class, target, valid, logits.shape[1])
    pixel_term = scaled(scale, weighted_mean(losses, weights, valid, normalize))
    dice_term = dice_from_sums(dice_sums(log_p, mass, target, valid), dice)
    return {"ce": pixel_term, "dice": dice_term}


def dice_loss(
    logits: Tensor,
    target: Tensor,
    *,
    variant: DiceVariant = DEFAULT_DICE,
    ignore_index: int = IGNORE_INDEX,
) -> Tensor:
    """Return the soft Dice loss of a softmax, in [0, 1], in the variant given.

    Args:
        logits: `(N, C, ...)`.
        target: `(N, ...)` class indices.
        variant: default over the batch, classes present, macro.
        ignore_index: target value of pixels that do not count.

    Returns:
        0-d tensor; 0 with zero gradient when every pixel is ignored.
    """
    log_p, mass = log_probability_and_mass(logits, target, ignore_index)
    sums = dice_sums(log_p, mass, target, counted(target, ignore_index))
    return dice_from_sums(sums, variant)


def dice_sums(log_p: Tensor, mass: Tensor, target: Tensor, valid: Tensor) -> DiceSums:
    """Return the sums of a Dice score.

    Args:
        log_p: `(N, ...)` log-probability of each pixel's class.
        mass: `(N, C)` probability mass of each class.
        target: `(N, ...)` class indices.
        valid: `(N, ...)` which pixels count.

    Returns:
        Three `(N, C)` tensors.
    """
    index = _pixels_side_by_side(torch.where(valid, target, 0).long())
    pixel_count = _pixels_side_by_side(valid.to(log_p.dtype))
    p_t = _pixels_side_by_side(log_p.exp()) * pixel_count
    zeros = torch.zeros_like(mass)
    return DiceSums(
        intersection=zeros.scatter_add(1, index, p_t),
        predicted=mass,
        observed=zeros.scatter_add(1, index, pixel_count),
    )


def _pixels_side_by_side(values: Tensor) -> Tensor:
    """Return `(N, ...)` as `(N, M)`; `(N,)` becomes `(N, 1)`."""
    return values.unsqueeze(-1).flatten(1)
