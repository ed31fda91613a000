"""Reconstruction losses over concatenated or separate modalities: MSE or smooth-L1, with a weight
for each modality if wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from .names import check_choice, check_names
from .precision import Scalar, scaled, widen_together

ReconstructionLoss = Literal["mse", "smooth_l1"]
RECONSTRUCTION_LOSSES: tuple[ReconstructionLoss, ...] = ("mse", "smooth_l1")


def reconstruction_loss(
    prediction: Tensor,
    target: Tensor,
    *,
    kind: ReconstructionLoss = "mse",
    beta: Scalar = 1.0,
) -> Tensor:
    """Return the mean error over all elements.

    Args:
        prediction: any shape.
        target: the same shape. The gradient flows into it too; detach it to prevent that.
        kind: `mse` is (x-y)²; `smooth_l1` is ½(x-y)²/β where |x-y| < β and |x-y| - β/2 elsewhere
            (Girshick 2015).
        beta: β > 0 of `smooth_l1`, in the unit of the features; a number or a 0-d tensor. Default
            1, PyTorch's.

    Returns:
        0-d tensor, float32 or float64.

    Raises:
        ValueError: unknown kind, different shapes, nothing to compare, or β ≤ 0.
    """
    check_choice("reconstruction_loss", kind, RECONSTRUCTION_LOSSES)
    if prediction.shape != target.shape or prediction.numel() == 0:
        raise ValueError(
            "prediction and target must have one shape with at least one element, "
            f"found {tuple(prediction.shape)} and {tuple(target.shape)}"
        )
    if not isinstance(beta, Tensor) and not beta > 0:
        raise ValueError(f"beta of smooth_l1 must be > 0, found {beta}")
    x, y = widen_together(prediction, target)
    if kind == "mse":
        return F.mse_loss(x, y)
    return _smooth_l1(x, y, beta)


def _smooth_l1(x: Tensor, y: Tensor, beta: Scalar) -> Tensor:
    """Return smooth-L1 by PyTorch's kernel, or by the formula if β is a tensor.

    PyTorch's kernel accepts β as a number only.
    """
    if not isinstance(beta, Tensor):
        return F.smooth_l1_loss(x, y, beta=beta)
    distance = (x - y).abs()
    quadratic = 0.5 * distance.square() / beta
    linear = distance - 0.5 * beta
    return torch.where(distance < beta, quadratic, linear).mean()


def global_reconstruction(
    prediction: Tensor,
    target: Tensor,
    dimensions: Mapping[str, int],
    *,
    kind: ReconstructionLoss = "mse",
    beta: Scalar = 1.0,
    modality_weights: Mapping[str, Scalar] | None = None,
) -> Tensor:
    """Return the reconstruction error of the concatenated features of all modalities.

    Without weights it is the mean over the concatenation, in which a modality counts by its width.
    With weights it is Σ_m w_m · (mean over modality m); weights 1, 1, 1 give the *sum of the
    modalities' means*, not the plain mean.

    Args:
        prediction: `(N, ΣD_m)`.
        target: `(N, ΣD_m)`, modalities side by side in the order of `dimensions`.
        dimensions: name → width D_m of every modality.
        kind: as for `reconstruction_loss`.
        beta: as for `reconstruction_loss`.
        modality_weights: name → weight for exactly the names in `dimensions`, or None.

    Raises:
        ValueError: widths that do not add up, or weights for other names; and as
            `reconstruction_loss`.
    """
    widths = list(dimensions.values())
    if prediction.shape != target.shape or prediction.shape[-1] != sum(widths):
        terms = " + ".join(f"{name} {width}" for name, width in dimensions.items())
        raise ValueError(
            f"prediction and target must be (N, {sum(widths)}) = {terms}, "
            f"found {tuple(prediction.shape)} and {tuple(target.shape)}"
        )
    if modality_weights is None:
        return reconstruction_loss(prediction, target, kind=kind, beta=beta)
    check_names("modality_weights", modality_weights, dimensions)
    predictions = torch.split(prediction, widths, dim=-1)
    targets = torch.split(target, widths, dim=-1)
    losses = []
    for modality, x, y in zip(dimensions, predictions, targets, strict=True):
        error = reconstruction_loss(x, y, kind=kind, beta=beta)
        losses.append(scaled(modality_weights[modality], error))
    return torch.stack(losses).sum()


def modality_reconstruction(
    predictions: Mapping[str, Tensor],
    target: Tensor,
    *,
    kind: ReconstructionLoss = "mse",
    beta: Scalar = 1.0,
    modality_weights: Mapping[str, Scalar] | None = None,
) -> Tensor:
    """Return Σ_m w_m · error_m of one target, the fused code, predicted from each modality.

    Args:
        predictions: name → `(N, D)`, the prediction of the target from that modality.
        target: `(N, D)`.
        kind: as for `reconstruction_loss`.
        beta: as for `reconstruction_loss`.
        modality_weights: name → weight for exactly the names in `predictions`, or None for 1 each.

    Raises:
        ValueError: no prediction, weights for other names; and as `reconstruction_loss`.
    """
    if not predictions:
        raise ValueError(
            "modality_reconstruction needs at least one modality, found none"
        )
    weights = modality_weights
    if weights is None:
        weights = dict.fromkeys(predictions, 1.0)
    check_names("modality_weights", weights, predictions)
    losses = []
    for modality, prediction in predictions.items():
        error = reconstruction_loss(prediction, target, kind=kind, beta=beta)
        losses.append(scaled(weights[modality], error))
    return torch.stack(losses).sum()
