"""Image-text contrastive losses under class imbalance: standard, weighted, focal, superclip.

All four compute one matrix of cosine similarities over a temperature (Radford et al. 2021, CLIP).
Its rows classify texts given an image, its columns classify images given a text. A log-sum-exp
along either axis gives both directions, so that one matrix product does where two are common.

If a batch has two samples of one class and there is one text per class, the plain targets treat
the duplicate as a negative. k identical texts then keep the loss above log k, and the focal factor
never becomes small. `multi_positive=True` counts every pair of equal labels as a match: p_t is the
probability of any match (the sum over positives of MIL-NCE, Miech et al. 2020). The lower bound is
then 0; if all labels differ, the loss is the plain one. UniCL spreads the target evenly over the
matches instead, which keeps the bound of log k.
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
    """Return `standard`: the symmetric cross-entropy over the batch, mean of image→text and
    text→image.

    Args:
        image: `(B, D)` image embeddings of any norm; they are normalised here.
        text: `(B, D)` embeddings of the text that belongs to each image.
        temperature: > 0, a number or a 0-d tensor.
        labels: `(B,)` classes; only `multi_positive` needs them.
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
    """Return `weighted`: each sample's term, in both directions, times the weight of its class.

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
    weights = _both_directions(class_weight, labels)
    return weighted_mean(-log_p, weights, None, normalize)


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
    """Return `focal`: each direction's term times `(1 - p_t)^gamma` and the class weight, if given.

    `gamma=0` is exactly `clip_loss`, or `weighted_clip_loss` with class weights. A trainer passes
    class weights for `focal_alpha: true`.

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
        labels = needed(labels, "labels", "class_weight")
        weights = _both_directions(class_weight, labels)
    losses = focal_factor(log_p, gamma) * -log_p
    return weighted_mean(losses, weights, None, normalize)


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
    """Return the two terms of `superclip`: a class term and the standard contrastive loss.

    The class term is the cross-entropy over the logits of the class texts.

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
    class_logits = cosine_logits(image, class_text, temperature)
    class_term = cross_entropy(
        class_logits, labels, class_weight=class_weight, normalize=normalize
    )
    contrastive_term = clip_loss(
        image,
        text,
        temperature=temperature,
        labels=labels,
        multi_positive=multi_positive,
    )
    return {"class": class_term, "contrastive": contrastive_term}


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
    """Return the terms of the named loss; a trainer calls this with its settings.

    Each type uses the arguments it needs and ignores the others. `weighted` needs `labels` and
    `class_weight`; `focal` accepts `class_weight` (for `focal_alpha: true`) or None; `superclip`
    needs `labels` and `class_text` and accepts `class_weight`. The caller sums the terms of
    `superclip` with `class_loss_weight` and `contrastive_loss_weight` (both 1 by default).

    Returns:
        `{"contrastive": ...}`; for `superclip`, `{"class": ..., "contrastive": ...}`.

    Raises:
        ValueError: unknown type, or an argument that the type needs is None.
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
        gamma = 0.0
        class_weight = needed(class_weight, "class_weight", "loss_type weighted")
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
    """Return log p_t of every sample in both directions.

    Returns:
        `(2, B)`: row 0 is image→text, the log-probability of the image's text (or of any match);
        row 1 is text→image.

    Raises:
        ValueError: `image` and `text` differ in shape, labels are not `(B,)`, or `multi_positive`
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
    log_normaliser = _log_sum_both_ways(logits)
    if not multi_positive:
        return logits.diagonal() - log_normaliser
    labels = needed(labels, "labels", "multi_positive")
    no_match = labels.unsqueeze(0) != labels.unsqueeze(1)
    log_matches = _log_sum_both_ways(logits.masked_fill(no_match, -torch.inf))
    # Rounding can make the sum over the matches larger than the sum over all pairs, but a
    # log-probability is never positive.
    return (log_matches - log_normaliser).clamp_max(0.0)


def _log_sum_both_ways(logits: Tensor) -> Tensor:
    """Return the log-sum-exp of each row and of each column of `(B, B)` logits, `(2, B)`."""
    return torch.stack([logits.logsumexp(dim=1), logits.logsumexp(dim=0)])


def needed(tensor: Tensor | None, name: str, by: str) -> Tensor:
    """Return the tensor; raise a ValueError that says what needs it if it is None."""
    if tensor is None:
        raise ValueError(f"{by} needs {name}, found None")
    return tensor


def _both_directions(class_weight: Tensor, labels: Tensor) -> Tensor:
    """Return the weight of each sample's class for both directions, `(2, B)`."""
    if class_weight.ndim != 1:
        raise ValueError(
            f"class weights must be (C,), found {tuple(class_weight.shape)}"
        )
    return widen(class_weight)[labels].expand(2, -1)
