"""Class weights from class counts: `inverse`, `sqrt_inverse`, `effective`.

All three are scaled to mean 1 over the classes present. `inverse` therefore equals scikit-learn's
"balanced" (N / (C·n_c)) only up to a factor. The factor cancels in a cross-entropy divided by the
total weight; it does not in CLIP and focal losses, which divide by N, so it is fixed here once.
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
    """Samples (or pixels) per class.

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
        found = f"{int(flat.min())} to {int(flat.max())}"
        raise ValueError(
            f"labels must lie in 0 to {num_classes - 1} (or be {ignore_index}), found {found}"
        )
    return torch.bincount(flat, minlength=num_classes)


def class_weights(
    counts: Tensor | Sequence[int],
    method: ClassWeightMethod = "inverse",
    *,
    beta: Scalar = 0.9999,
    names: Sequence[str] | None = None,
) -> Tensor:
    """One weight per class, mean 1 over the classes present.

    Args:
        counts: `(C,)` samples per class, as `class_counts` returns them.
        method: `inverse` ∝ N/(C·n_c); `sqrt_inverse` ∝ its square root; `effective` ∝
            (1-β)/(1-β^{n_c}) (Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of
            Samples").
        beta: β of `effective`, in [0, 1); 0 weighs all classes alike, →1 approaches `inverse`.
            Default from the paper.
        names: class names for the warning; indices otherwise.

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
        absent = [
            names[c] if names else str(c) for c in range(n.numel()) if not present[c]
        ]
        message = f"no training sample of class {', '.join(absent)}: its weight is 0"
        warnings.warn(message, AbsentClassWarning, stacklevel=2)
    raw = torch.where(
        present, _raw(n.clamp_min(1.0), method, number("beta", beta)), 0.0
    )
    return (raw * present.sum() / raw.sum()).float()


def _raw(n: Tensor, method: ClassWeightMethod, beta: float) -> Tensor:
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
    # 1 - β^n without cancellation for β near 1.
    return (1.0 - beta) / -torch.expm1(n * torch.log(torch.tensor(beta, dtype=n.dtype)))
