"""InfoNCE between embeddings of the same samples, across views and within a view."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .precision import Scalar
from .similarity import cosine_logits

TAU = 0.2


def info_nce(
    anchor: Tensor,
    view: Tensor,
    *,
    temperature: Scalar = TAU,
    same_view_negatives: bool = False,
    symmetric: bool = False,
) -> Tensor:
    """Return InfoNCE (van den Oord et al. 2018) between the anchors and another view of them.

        loss_i = -log  exp(s_ii) / (Σ_j exp(s_ij) + Σ_{j≠i} exp(a_ij))

    s holds the cosine similarities of anchors and views over the temperature. a holds those among
    the anchors; its sum is there only with `same_view_negatives`. An anchor's similarity to itself
    is never a negative.

    Args:
        anchor: `(B, D)` embeddings of any norm; they are normalised here.
        view: `(B, D)`; row i is the same sample as anchor i.
        temperature: > 0, a number or a 0-d tensor; default 0.2.
        same_view_negatives: the other anchors are negatives too (as in NT-Xent, Chen et al. 2020,
            SimCLR).
        symmetric: mean of anchor→view and view→anchor; otherwise anchor→view only.

    Returns:
        0-d tensor, float32 or float64, the mean over the batch; 0 with zero gradient for a batch of
        one.

    Raises:
        ValueError: embeddings of different shapes, an empty batch, or a temperature ≤ 0.
    """
    if anchor.shape != view.shape or anchor.ndim != 2 or anchor.shape[0] == 0:
        raise ValueError(
            f"anchor and view must both be (B, D) with B ≥ 1, "
            f"found {tuple(anchor.shape)} and {tuple(view.shape)}"
        )
    logits = cosine_logits(anchor, view, temperature)
    more_anchors = anchor if same_view_negatives else None
    loss = _one_direction(logits, more_anchors, temperature)
    if not symmetric:
        return loss
    more_views = view if same_view_negatives else None
    reverse = _one_direction(logits.T, more_views, temperature)
    return (loss + reverse) / 2.0


def two_view_loss(
    code: Tensor,
    views: Sequence[Tensor],
    *,
    temperature: Scalar = TAU,
    same_view_negatives: bool = False,
    symmetric: bool = False,
) -> Tensor:
    """Return the sum of `info_nce` between a fused code and each of its augmented views.

    Args:
        code: `(B, D)`.
        views: the views, `(B, D)` each; two in the fusion objective.
        temperature: as for `info_nce`.
        same_view_negatives: as for `info_nce`.
        symmetric: as for `info_nce`.

    Returns:
        0-d tensor.

    Raises:
        ValueError: no view, or as `info_nce`.
    """
    if not views:
        raise ValueError("two_view_loss needs at least one view, found none")
    losses = [
        info_nce(
            code,
            view,
            temperature=temperature,
            same_view_negatives=same_view_negatives,
            symmetric=symmetric,
        )
        for view in views
    ]
    return torch.stack(losses).sum()


def _one_direction(
    logits: Tensor, same_view: Tensor | None, temperature: Scalar
) -> Tensor:
    """Return the mean loss of the rows of `(B, B)` logits.

    `same_view` holds the `(B, D)` embeddings that the rows belong to, as further negatives.
    """
    candidates = logits
    if same_view is not None:
        within_view = cosine_logits(same_view, same_view, temperature)
        diagonal = torch.eye(logits.shape[0], dtype=torch.bool, device=logits.device)
        within_view = within_view.masked_fill(diagonal, -torch.inf)
        candidates = torch.cat([logits, within_view], dim=1)
    return (candidates.logsumexp(dim=1) - logits.diagonal()).mean()
