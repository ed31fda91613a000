"""Class weights from class counts: `inverse`, `sqrt_inverse`, `effective`.

All three are scaled to mean 1 over the classes that have samples. `inverse` therefore equals
scikit-learn's "balanced" (N / (C·n_c)) up to a factor. The factor cancels in a cross-entropy that
is divided by the total weight. It does not cancel in the CLIP and focal losses, which divide by N;
the mean of 1 fixes it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from .ignored import IGNORE_INDEX, counted
from .names import check_choice
from .precision import Scalar, number

ClassWeightMethod = Literal["inverse", "sqrt_inverse", "effective"]
CLASS_WEIGHT_METHODS: tuple[ClassWeightMethod, ...] = (
    "inverse",
    "sqrt_inverse",
    "effective",
)


class AbsentClassWarning(UserWarning):
    """A class has no training sample; its weight is 0."""


def class_counts(
    labels: Tensor, num_classes: int, ignore_index: int = IGNORE_INDEX
) -> Tensor:
    """Return the number of samples (or pixels) of each class.

    Args:
        labels: integer class indices of any shape, or a multi-label 0/1 matrix `(N, C)` in floating
            point or bool.
        num_classes: C.
        ignore_index: label that is not counted (class indices only).

    Returns:
        `(C,)` int64.

    Raises:
        ValueError: a label outside `[0, num_classes)`, or a multi-label matrix of another width.
    """
    if labels.is_floating_point() or labels.dtype == torch.bool:
        if labels.ndim != 2 or labels.shape[1] != num_classes:
            raise ValueError(
                f"multi-label targets must be (N, {num_classes}), found {tuple(labels.shape)}"
            )
        return (labels > 0.5).sum(dim=0)
    flat = labels.flatten()
    flat = flat[counted(flat, ignore_index)]
    if flat.numel() and (int(flat.min()) < 0 or int(flat.max()) >= num_classes):
        raise ValueError(
            f"labels must lie in 0 to {num_classes - 1} (or be {ignore_index}), "
            f"found {int(flat.min())} to {int(flat.max())}"
        )
    return torch.bincount(flat, minlength=num_classes)


def class_weights(
    counts: Tensor | Sequence[int],
    method: ClassWeightMethod = "inverse",
    *,
    beta: Scalar = 0.9999,
    names: Sequence[str] | None = None,
) -> Tensor:
    """Return one weight per class, with mean 1 over the classes that have samples.

    Args:
        counts: `(C,)` samples per class, as `class_counts` returns them.
        method: `inverse` ∝ N/(C·n_c); `sqrt_inverse` ∝ its square root; `effective` ∝
            (1-β)/(1-β^{n_c}) (Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of
            Samples").
        beta: β of `effective`, in [0, 1); 0 gives every class the same weight, β → 1 approaches
            `inverse`. The default is the paper's.
        names: class names for the warning; None shows indices.

    Returns:
        `(C,)` float32; 0 for a class without a sample, with an `AbsentClassWarning` that names it.

    Raises:
        ValueError: unknown method, β outside [0, 1), negative counts, wrong number of names, or no
            sample at all.
    """
    check_choice("class_weight_method", method, CLASS_WEIGHT_METHODS)
    n = torch.as_tensor(counts, dtype=torch.float64)
    if n.ndim != 1 or n.numel() == 0 or bool((n < 0).any()):
        raise ValueError(
            f"counts must be a non-empty list of numbers ≥ 0, found {n.tolist()}"
        )
    if names is not None and len(names) != n.numel():
        raise ValueError(f"{len(names)} class names for {n.numel()} classes")
    present = n > 0
    if not bool(present.any()):
        raise ValueError(
            "class weights need at least one sample; every class count is 0"
        )
    if not bool(present.all()):
        absent = torch.nonzero(~present).flatten().tolist()
        absent_names = [names[c] if names else str(c) for c in absent]
        warnings.warn(
            f"no training sample of class {', '.join(absent_names)}: its weight is 0",
            AbsentClassWarning,
            stacklevel=2,
        )
    unscaled = _unscaled_weights(n.clamp_min(1.0), method, number("beta", beta))
    unscaled = torch.where(present, unscaled, 0.0)
    return (unscaled * present.sum() / unscaled.sum()).float()


def _unscaled_weights(n: Tensor, method: ClassWeightMethod, beta: float) -> Tensor:
    """Return the weight of each class before scaling; `n` holds counts ≥ 1."""
    if method == "inverse":
        return 1.0 / n
    if method == "sqrt_inverse":
        return n.rsqrt()
    if not 0.0 <= beta < 1.0:
        raise ValueError(
            f"beta of class_weight_method effective must lie in [0, 1), found {beta}"
        )
    if beta == 0.0:
        return torch.ones_like(n)
    # 1 - β^n as -expm1(n log β), which loses no digits for β near 1.
    log_beta = torch.log(torch.tensor(beta, dtype=n.dtype))
    return (1.0 - beta) / -torch.expm1(n * log_beta)
