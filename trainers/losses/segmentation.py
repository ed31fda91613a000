"""Cross-entropy or focal loss plus Dice for segmentation, from one pass over the logits.

    total = ce_weight · (CE or focal) + dice_weight · Dice

`segmentation_terms` returns the two terms; a caller weighs and sums them (`combine`). Both come
from the same log-softmax, computed in tiles: no one-hot copy, and at the peak one gradient of the
logits' size beside the logits.
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
    """The two terms of a segmentation loss.

    Args:
        logits: `(N, C, H, W)`, or any other `(N, C, ...)`.
        target: `(N, H, W)` class indices.
        loss_type: `ce` or `focal`, the pixel term.
        focal_gamma: focusing exponent ≥ 0 (focal only); 0 is exactly cross-entropy.
        focal_alpha: multiplier of the focal loss, or `(C,)` one per class (focal only). Not
            kornia's or MONAI's α.
        class_weight: `(C,)`; multiplies each pixel's term, on top of a per-class alpha. Dice takes
            no class weights: it averages over classes already.
        dice: which Dice loss; default over the batch, classes present, macro.
        ignore_index: target value of pixels that count in neither term.
        normalize: denominator of the pixel term, as for `cross_entropy`.
        implementation: `tiled`, or `plain` where second derivatives are needed.

    Returns:
        `{"ce": ..., "dice": ...}`, 0-d float32 or float64 tensors; `ce` is the focal loss when that
        is asked for. Each is 0 with zero gradient when every pixel is ignored.

    Raises:
        ValueError, TypeError: unknown names, shapes or types that do not fit.
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
    return {
        "ce": scaled(scale, weighted_mean(losses, weights, valid, normalize)),
        "dice": dice_from_sums(dice_sums(log_p, mass, target, valid), dice),
    }


def dice_loss(
    logits: Tensor,
    target: Tensor,
    *,
    variant: DiceVariant = DEFAULT_DICE,
    ignore_index: int = IGNORE_INDEX,
) -> Tensor:
    """Soft Dice loss of a softmax, in [0, 1]; `DiceVariant` names which.

    Args:
        logits: `(N, C, ...)`.
        target: `(N, ...)` class indices.
        variant: default over the batch, classes present, macro.
        ignore_index: target value of pixels that do not count.

    Returns:
        0-d tensor; 0 with zero gradient when every pixel is ignored.
    """
    log_p, mass = log_probability_and_mass(logits, target, ignore_index)
    return dice_from_sums(
        dice_sums(log_p, mass, target, counted(target, ignore_index)), variant
    )


def dice_sums(log_p: Tensor, mass: Tensor, target: Tensor, valid: Tensor) -> DiceSums:
    """The sums of a Dice score.

    Args:
        log_p: `(N, ...)` log-probability of each pixel's class.
        mass: `(N, C)` probability mass of each class.
        target: `(N, ...)` class indices.
        valid: `(N, ...)` which pixels count.

    Returns:
        Three `(N, C)` tensors.
    """
    index = torch.where(valid, target, 0).long().unsqueeze(-1).flatten(1)
    counted = valid.to(log_p.dtype).unsqueeze(-1).flatten(1)
    p_t = log_p.exp().unsqueeze(-1).flatten(1) * counted
    nothing = torch.zeros_like(mass)
    return DiceSums(
        nothing.scatter_add(1, index, p_t), mass, nothing.scatter_add(1, index, counted)
    )
