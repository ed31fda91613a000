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
    """InfoNCE (van den Oord et al. 2018): each anchor has to find its own sample in the other view.

        loss_i = -log  exp(s_ii) / (Σ_j exp(s_ij) + Σ_{j≠i} exp(a_ij))

    with s the cosine similarities of anchors and views over the temperature, and a those among the
    anchors, which take part with `same_view_negatives` only. An anchor's similarity to itself is
    never a negative.

    Args:
        anchor: `(B, D)`, of any length; normalised here.
        view: `(B, D)`, row i the same sample as anchor i.
        temperature: > 0, a number or a 0-d tensor; default 0.2.
        same_view_negatives: the other anchors are negatives too (as in NT-Xent, Chen et al. 2020,
            SimCLR).
        symmetric: mean of anchor→view and view→anchor; otherwise anchor→view alone.

    Returns:
        0-d tensor, float32 or float64, the mean over the batch; 0 with zero gradient for a batch of
        one.

    Raises:
        ValueError: embeddings of different shapes, an empty batch, or a temperature ≤ 0.
    """
    if anchor.shape != view.shape or anchor.ndim != 2 or anchor.shape[0] == 0:
        found = f"{tuple(anchor.shape)} and {tuple(view.shape)}"
        raise ValueError(
            f"anchor and view must both be (B, D) with B ≥ 1, found {found}"
        )
    across = cosine_logits(anchor, view, temperature)
    loss = _one_way(across, anchor if same_view_negatives else None, temperature)
    if not symmetric:
        return loss
    return (
        loss + _one_way(across.T, view if same_view_negatives else None, temperature)
    ) / 2.0


def two_view_loss(
    code: Tensor,
    views: Sequence[Tensor],
    *,
    temperature: Scalar = TAU,
    same_view_negatives: bool = False,
    symmetric: bool = False,
) -> Tensor:
    """`info_nce` of a fused code against each of its augmented views, summed.

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


def _one_way(across: Tensor, same_view: Tensor | None, temperature: Scalar) -> Tensor:
    candidates = across
    if same_view is not None:
        own = torch.eye(across.shape[0], dtype=torch.bool, device=across.device)
        within = cosine_logits(same_view, same_view, temperature).masked_fill(
            own, -torch.inf
        )
        candidates = torch.cat([across, within], dim=1)
    return (candidates.logsumexp(dim=1) - across.diagonal()).mean()
