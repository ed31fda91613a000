"""Cross-entropy over classes and over independent labels, the base of the focal losses."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .ignored import IGNORE_INDEX, counted, without_ignored
from .precision import check_class_targets, widen
from .reduction import Normalize, weighted_mean


def true_class_log_probability(
    logits: Tensor, target: Tensor, ignore_index: int = IGNORE_INDEX
) -> tuple[Tensor, Tensor]:
    """Return log p_t of each element, and the mask of the elements that count.

    Args:
        logits: `(N, C, ...)`.
        target: `(N, ...)` class indices.
        ignore_index: target value of elements that do not count.

    Returns:
        log p_t `(N, ...)` (of class 0 where ignored) and the boolean mask of the elements that
        count `(N, ...)`.
    """
    check_class_targets(logits, target)
    valid = counted(target, ignore_index)
    log_p = F.log_softmax(widen(without_ignored(logits, valid.unsqueeze(1))), dim=1)
    return at_target(log_p, target, valid), valid


def at_target(values: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Return the value at each element's class, `(N, C, ...)` → `(N, ...)`.

    Where the element is ignored it is the value of class 0.
    """
    index = torch.where(valid, target, 0).long().unsqueeze(1)
    return values.gather(1, index).squeeze(1)


def cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    class_weight: Tensor | None = None,
    ignore_index: int = IGNORE_INDEX,
    normalize: Normalize = "count",
) -> Tensor:
    """Return the softmax cross-entropy `-log p_t`, averaged over the elements that count.

    Args:
        logits: `(N, C, ...)`, before any softmax; use `nll_loss` for log-probabilities.
        target: `(N, ...)` class indices.
        class_weight: `(C,)`; each element's term is multiplied by the weight of its class.
        ignore_index: target value of elements that count neither in the sum nor in the
            denominator.
        normalize: divide by the number of elements (`count`) or by their total weight (`weight`,
            PyTorch's choice).

    Returns:
        0-d tensor, float32 or float64; 0 with zero gradient when every element is ignored or has
        weight 0.
    """
    log_p, valid = true_class_log_probability(logits, target, ignore_index)
    weights = per_element(class_weight, target, valid, logits.shape[1])
    return weighted_mean(-log_p, weights, valid, normalize)


def nll_loss(
    log_probability: Tensor,
    target: Tensor,
    *,
    class_weight: Tensor | None = None,
    ignore_index: int = IGNORE_INDEX,
    normalize: Normalize = "count",
) -> Tensor:
    """Return the negative log-likelihood of log-probabilities, averaged like `cross_entropy`.

    The value equals that of `cross_entropy`, because log-softmax does not change
    log-probabilities. The gradient differs: here it is nonzero at the true class only, so that
    the model's log-softmax is differentiated once and not twice.

    Args:
        log_probability: `(N, C, ...)`, the output of a log-softmax.
        target: `(N, ...)` class indices.
        class_weight: as for `cross_entropy`.
        ignore_index: as for `cross_entropy`.
        normalize: as for `cross_entropy`.
    """
    check_class_targets(log_probability, target)
    valid = counted(target, ignore_index)
    wide = widen(without_ignored(log_probability, valid.unsqueeze(1)))
    log_p = at_target(wide, target, valid)
    weights = per_element(class_weight, target, valid, log_probability.shape[1])
    return weighted_mean(-log_p, weights, valid, normalize)


def binary_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    class_weight: Tensor | None = None,
    ignore_index: int = IGNORE_INDEX,
    normalize: Normalize = "count",
) -> Tensor:
    """Return the sigmoid cross-entropy over independent labels, averaged over all labels that
    count.

    Args:
        logits: `(N, L)`.
        target: `(N, L)`, in [0, 1]; `ignore_index` where the label is unknown.
        class_weight: `(L,)`, multiplies both sides (present and absent) of a label's term.
        ignore_index: target value of labels that do not count.
        normalize: as for `cross_entropy`.
    """
    check_label_targets(logits, target)
    valid = counted(target, ignore_index)
    wide = widen(without_ignored(logits, valid))
    valid_target = torch.where(valid, target, 0).to(wide.dtype)
    losses = F.binary_cross_entropy_with_logits(wide, valid_target, reduction="none")
    return weighted_mean(losses, per_label(class_weight, logits), valid, normalize)


def per_element(
    class_weight: Tensor | None, target: Tensor, valid: Tensor, num_classes: int
) -> Tensor | None:
    """Return the weight of each element's class, `(N, ...)`, or None without weights.

    Raises:
        ValueError: `class_weight` is not `(C,)`.
    """
    if class_weight is None:
        return None
    if class_weight.shape != (num_classes,):
        raise ValueError(
            f"class weights must be ({num_classes},), found {tuple(class_weight.shape)}"
        )
    index = torch.where(valid, target, 0).long()
    return widen(class_weight)[index]


def per_label(class_weight: Tensor | None, logits: Tensor) -> Tensor | None:
    """Return `(L,)` weights expanded to `(N, L)`, or None without weights.

    Raises:
        ValueError: `class_weight` is not `(L,)`.
    """
    if class_weight is None:
        return None
    if class_weight.shape != logits.shape[-1:]:
        raise ValueError(
            f"class weights must be ({logits.shape[-1]},), found {tuple(class_weight.shape)}"
        )
    return widen(class_weight).expand_as(logits)


def check_label_targets(logits: Tensor, target: Tensor) -> None:
    """Raise a ValueError if multi-label logits and targets differ in shape.

    Raises:
        ValueError: shapes differ or are not `(N, L)`.
    """
    if logits.ndim != 2 or logits.shape != target.shape:
        raise ValueError(
            f"logits and target must both be (N, L), found {tuple(logits.shape)} and "
            f"{tuple(target.shape)}"
        )
