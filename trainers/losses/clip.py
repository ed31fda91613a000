"""Image-text contrastive losses under class imbalance: standard, weighted, focal, superclip.

All start from one matrix of cosine similarities over a temperature (Radford et al. 2021, CLIP). Its
rows classify texts given an image, its columns images given a text; both directions come from that
one matrix by a log-sum-exp along either axis, so there is one matrix product where two are common.

With two samples of one class in a batch and one text per class, the plain targets call the
duplicate a negative: k identical texts put a floor of log k under the loss and keep the focal
factor from switching off. `multi_positive=True`
counts every pair of equal labels as a match: p_t is the probability of landing on any match (the
sum over positives of MIL-NCE, Miech et al. 2020), the floor is 0, and with all labels different it
is the plain loss. (Spreading the target evenly over the matches, as UniCL does, would keep the
floor.)
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from .cross_entropy import cross_entropy
from .focal import focal_factor
from .names import check_choice
from .precision import Scalar, widen
from .reduction import Normalize, weighted_mean
from .similarity import cosine_logits

ClipLossType = Literal["standard", "weighted", "focal", "superclip"]
CLIP_LOSS_TYPES: tuple[ClipLossType, ...] = (
    "standard",
    "weighted",
    "focal",
    "superclip",
)
TEMPERATURE = 0.07  # Wu et al. 2018 and the initial value in CLIP


def clip_loss(
    image: Tensor,
    text: Tensor,
    *,
    temperature: Scalar = TEMPERATURE,
    labels: Tensor | None = None,
    multi_positive: bool = False,
) -> Tensor:
    """`standard`: symmetric cross-entropy over the batch, the mean of image→text and text→image.

    Args:
        image: `(B, D)` image embeddings, of any length; normalised here.
        text: `(B, D)` embeddings of the text that belongs to each image.
        temperature: > 0, a number or a 0-d tensor.
        labels: `(B,)` classes; needed for `multi_positive` alone.
        multi_positive: count pairs of equal labels as matches.

    Returns:
        0-d tensor, float32 or float64; 0 with zero gradient for a batch of one.
    """
    log_p = matching_log_probability(image, text, temperature, labels, multi_positive)
    return weighted_mean(-log_p, None, None, "count")


def weighted_clip_loss(
    image: Tensor,
    text: Tensor,
    labels: Tensor,
    class_weight: Tensor,
    *,
    temperature: Scalar = TEMPERATURE,
    multi_positive: bool = False,
    normalize: Normalize = "count",
) -> Tensor:
    """`weighted`: each sample's term, in both directions, times the weight of its class.

    Args:
        image: `(B, D)` image embeddings.
        text: `(B, D)` embeddings of the texts that belong to them.
        labels: `(B,)` classes.
        class_weight: `(C,)`, e.g. from `class_weights`.
        temperature: as for `clip_loss`.
        multi_positive: as for `clip_loss`.
        normalize: divide by B (`count`, the default) or by the batch's total weight (`weight`).

    Returns:
        0-d tensor; 0 with zero gradient when every sample's weight is 0.
    """
    log_p = matching_log_probability(image, text, temperature, labels, multi_positive)
    return weighted_mean(
        -log_p, _both_directions(class_weight, labels), None, normalize
    )


def focal_clip_loss(
    image: Tensor,
    text: Tensor,
    *,
    gamma: Scalar = 2.0,
    labels: Tensor | None = None,
    class_weight: Tensor | None = None,
    temperature: Scalar = TEMPERATURE,
    multi_positive: bool = False,
    normalize: Normalize = "count",
) -> Tensor:
    """`focal`: each direction's term times `(1 - p_t)^gamma`, and with class weights (`focal_alpha:
    true`) times those.

    `gamma=0` is exactly `clip_loss`, or `weighted_clip_loss` with class weights.

    Args:
        image: `(B, D)` image embeddings.
        text: `(B, D)` embeddings of the texts that belong to them.
        gamma: ≥ 0, a number or a 0-d tensor.
        labels: `(B,)`; needed for class weights and for `multi_positive`.
        class_weight: `(C,)` or None.
        temperature: as for `clip_loss`.
        multi_positive: as for `clip_loss`.
        normalize: as for `weighted_clip_loss`.

    Raises:
        ValueError: class weights without labels.
    """
    log_p = matching_log_probability(image, text, temperature, labels, multi_positive)
    weights = None
    if class_weight is not None:
        weights = _both_directions(
            class_weight, needed(labels, "labels", "class_weight")
        )
    return weighted_mean(focal_factor(log_p, gamma) * -log_p, weights, None, normalize)


def superclip_terms(
    image: Tensor,
    text: Tensor,
    labels: Tensor,
    class_text: Tensor,
    *,
    class_weight: Tensor | None = None,
    temperature: Scalar = TEMPERATURE,
    multi_positive: bool = False,
    normalize: Normalize = "count",
) -> dict[str, Tensor]:
    """The two terms of `superclip`: weighted cross-entropy over class-text logits, and the standard
    contrastive loss.

    Args:
        image: `(B, D)` image embeddings.
        text: `(B, D)` embeddings of the texts that belong to them.
        labels: `(B,)` classes.
        class_text: `(C, D)` embeddings of the classes' texts.
        class_weight: `(C,)` or None.
        temperature: as for `clip_loss`.
        multi_positive: as for `clip_loss`.
        normalize: denominator of the class term, as for `weighted_clip_loss`.

    Returns:
        `{"class": ..., "contrastive": ...}`, 0-d tensors.
    """
    logits = cosine_logits(image, class_text, temperature)
    return {
        "class": cross_entropy(
            logits, labels, class_weight=class_weight, normalize=normalize
        ),
        "contrastive": clip_loss(
            image,
            text,
            temperature=temperature,
            labels=labels,
            multi_positive=multi_positive,
        ),
    }


def clip_terms(
    loss_type: ClipLossType,
    image: Tensor,
    text: Tensor,
    *,
    labels: Tensor | None = None,
    class_text: Tensor | None = None,
    class_weight: Tensor | None = None,
    gamma: Scalar = 2.0,
    temperature: Scalar = TEMPERATURE,
    multi_positive: bool = False,
    normalize: Normalize = "count",
) -> dict[str, Tensor]:
    """The terms of any of the four losses, by name: what a trainer calls with its settings.

    Each type takes what it uses of the arguments: `weighted` needs `labels` and `class_weight`;
    `focal` takes `class_weight` (that is `focal_alpha: true`) or None; `superclip` needs `labels`
    and `class_text`, `class_weight` is optional. Its terms are to be summed with
    `class_loss_weight` and `contrastive_loss_weight` (both 1 by default).

    Returns:
        `{"contrastive": ...}`, for `superclip` `{"class": ..., "contrastive": ...}`.

    Raises:
        ValueError: unknown type, or a type without what it needs.
    """
    check_choice("loss_type", loss_type, CLIP_LOSS_TYPES)
    if loss_type == "standard":
        loss = clip_loss(
            image,
            text,
            temperature=temperature,
            labels=labels,
            multi_positive=multi_positive,
        )
        return {"contrastive": loss}
    if loss_type == "superclip":
        return superclip_terms(
            image,
            text,
            needed(labels, "labels", "loss_type superclip"),
            needed(class_text, "class_text", "loss_type superclip"),
            class_weight=class_weight,
            temperature=temperature,
            multi_positive=multi_positive,
            normalize=normalize,
        )
    if loss_type == "weighted":
        gamma, class_weight = (
            0.0,
            needed(class_weight, "class_weight", "loss_type weighted"),
        )
    loss = focal_clip_loss(
        image,
        text,
        gamma=gamma,
        labels=labels,
        class_weight=class_weight,
        temperature=temperature,
        multi_positive=multi_positive,
        normalize=normalize,
    )
    return {"contrastive": loss}


def matching_log_probability(
    image: Tensor,
    text: Tensor,
    temperature: Scalar,
    labels: Tensor | None,
    multi_positive: bool,
) -> Tensor:
    """Log p_t of every sample in both directions.

    Returns:
        `(2, B)`: row 0 the probability that an image finds (one of) its texts, row 1 that a text
        finds (one of) its images.

    Raises:
        ValueError: not as many texts as images, labels that are not `(B,)`, or `multi_positive`
            without labels.
    """
    if image.shape != text.shape:
        raise ValueError(
            f"image and text must both be (B, D), found {tuple(image.shape)} and "
            f"{tuple(text.shape)}"
        )
    if labels is not None and labels.shape != image.shape[:1]:
        raise ValueError(
            f"labels must be ({image.shape[0]},), found {tuple(labels.shape)}"
        )
    logits = cosine_logits(image, text, temperature)
    everything = torch.stack([logits.logsumexp(dim=1), logits.logsumexp(dim=0)])
    if not multi_positive:
        return logits.diagonal() - everything
    labels = needed(labels, "labels", "multi_positive")
    matches = logits.masked_fill(labels.unsqueeze(0) != labels.unsqueeze(1), -torch.inf)
    # Rounding may lift a sum over all pairs above the sum over the matches; a log-probability is
    # never positive.
    return (
        torch.stack([matches.logsumexp(dim=1), matches.logsumexp(dim=0)]) - everything
    ).clamp_max(0.0)


def needed(tensor: Tensor | None, name: str, by: str) -> Tensor:
    """The tensor, or a ValueError that says who needs it."""
    if tensor is None:
        raise ValueError(f"{by} needs {name}, found None")
    return tensor


def _both_directions(class_weight: Tensor, labels: Tensor) -> Tensor:
    """Each sample's class weight for both directions, `(2, B)`."""
    if class_weight.ndim != 1:
        raise ValueError(
            f"class weights must be (C,), found {tuple(class_weight.shape)}"
        )
    return widen(class_weight)[labels].expand(2, -1)
