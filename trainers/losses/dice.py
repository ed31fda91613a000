"""Soft Dice loss in named variants, as public implementations differ for the same input.

    score_c = (2·I_c + s) / (P_c + T_c + s)      loss = 1 - mean of the scores

I_c is the predicted probability of class c summed over the pixels of class c, P_c over all pixels,
T_c the number of pixels of class c (Milletari et al. 2016, V-Net, without the squares in the
denominator; as Sudre et al. 2017).
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
    """The sums of a Dice score, each `(N, C)`: per image and class.

    Ignored pixels are left out.
    """

    intersection: Tensor
    predicted: Tensor
    observed: Tensor


@dataclass(frozen=True)
class DiceVariant:
    """Which of the Dice losses.

    Attributes:
        reduction: `batch` pools the pixels of the batch per class before the ratio (default: an
            image without a small class then does no harm); `sample` takes the mean over the classes
            per image, then the mean over images.
        absent: a class without a pixel (in the batch or in the image, as `reduction` says) is left
            out of the mean (`skip`, default) or counted (`count`: its score is s / (P_c + s), so
            that any probability mass there is punished, and 0 without smoothing; choose `smooth`
            about 1 with it, the gradient reaches 1/s).
        average: `macro` averages the classes' scores (default); `micro` pools the classes' sums
            into one score, in which large classes count by their size.
        smooth: s ≥ 0, in pixels; a number or a 0-d tensor. Default 1e-5, MONAI's: without effect
            where a class is present.
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
    """The loss, in [0, 1], from its sums.

    Args:
        sums: three `(N, C)` tensors.
        variant: which Dice.

    Returns:
        0-d tensor; 0 with zero gradient when there is nothing to score (every pixel ignored).
    """
    if variant.reduction == "batch":
        sums = DiceSums(*(part.sum(dim=0, keepdim=True) for part in sums))
    intersection, predicted, observed = sums
    scored = observed > 0
    if variant.absent == "count":  # but never a group in which every pixel is ignored
        scored = scored.any(dim=1, keepdim=True).expand_as(observed)
    weight = scored.to(intersection.dtype)
    if variant.average == "micro":
        intersection, predicted, observed = (
            (weight * part).sum(dim=1, keepdim=True) for part in sums
        )
        weight = weight.amax(dim=1, keepdim=True)
    size = predicted + observed + variant.smooth
    score = (2.0 * intersection + variant.smooth) / torch.where(size > 0, size, 1.0)
    classes = weight.sum(dim=1)
    groups = (weight * (1.0 - score)).sum(dim=1) / classes.clamp_min(1.0)
    return groups.sum() / (classes > 0).sum().clamp_min(1)
