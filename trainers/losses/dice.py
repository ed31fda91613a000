"""Soft Dice loss in named variants: public implementations disagree on the same input.

    score_c = (2·I_c + s) / (P_c + T_c + s)      loss = 1 - mean of the scores

I_c is the predicted probability of class c, summed over the pixels of class c. P_c is the same sum
over all pixels, T_c the number of pixels of class c, s the smoothing (Milletari et al. 2016,
V-Net, without the squares in the denominator, as Sudre et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from .names import check_choice
from .precision import Scalar

Reduction = Literal["batch", "sample"]
Absent = Literal["skip", "count"]
Average = Literal["macro", "micro"]


class DiceSums(NamedTuple):
    """I, P and T of the Dice score, each `(N, C)`: per image and class, without ignored pixels."""

    intersection: Tensor
    predicted: Tensor
    observed: Tensor


@dataclass(frozen=True)
class DiceVariant:
    """The choices that tell one Dice loss from another.

    Attributes:
        reduction: `batch` (default) pools the pixels of the batch per class before the ratio, so
            that an image without a small class does no harm; `sample` takes the mean over the
            classes of each image, then the mean over the images.
        absent: what happens to a class without a pixel (in the batch or the image, depending on
            `reduction`). `skip` (default) leaves it out of the mean. `count` gives it the score
            s / (P_c + s), which punishes any probability mass there and is 0 without smoothing;
            use `smooth` of about 1 with it, because the gradient reaches 1/s.
        average: `macro` (default) averages the classes' scores; `micro` pools the classes' sums
            into one score, so that a class counts by its size.
        smooth: s ≥ 0, in pixels; a number or a 0-d tensor. Default 1e-5, MONAI's: no effect where
            a class is present.
    """

    reduction: Reduction = "batch"
    absent: Absent = "skip"
    average: Average = "macro"
    smooth: Scalar = 1e-5

    def __post_init__(self) -> None:
        check_choice("reduction", self.reduction, ("batch", "sample"))
        check_choice("absent", self.absent, ("skip", "count"))
        check_choice("average", self.average, ("macro", "micro"))
        if not isinstance(self.smooth, Tensor) and not self.smooth >= 0:
            raise ValueError(f"smooth must be ≥ 0, found {self.smooth}")


DEFAULT_DICE = DiceVariant()


def dice_from_sums(sums: DiceSums, variant: DiceVariant = DEFAULT_DICE) -> Tensor:
    """Return the Dice loss, in [0, 1], from its sums.

    Args:
        sums: three `(N, C)` tensors.
        variant: which Dice loss.

    Returns:
        0-d tensor; 0 with zero gradient when there is nothing to score (every pixel ignored).
    """
    if variant.reduction == "batch":
        sums = DiceSums(*(part.sum(dim=0, keepdim=True) for part in sums))
    intersection, predicted, observed = sums
    scored = observed > 0
    if variant.absent == "count":
        # All classes count, unless every pixel of the row is ignored.
        scored = scored.any(dim=1, keepdim=True).expand_as(observed)
    weight = scored.to(intersection.dtype)
    if variant.average == "micro":
        intersection, predicted, observed = (
            (weight * part).sum(dim=1, keepdim=True) for part in sums
        )
        weight = weight.amax(dim=1, keepdim=True)
    numerator = 2.0 * intersection + variant.smooth
    denominator = predicted + observed + variant.smooth
    score = numerator / torch.where(denominator > 0, denominator, 1.0)
    class_count = weight.sum(dim=1)
    row_loss = (weight * (1.0 - score)).sum(dim=1) / class_count.clamp_min(1.0)
    scored_rows = (class_count > 0).sum().clamp_min(1)
    return row_loss.sum() / scored_rows
