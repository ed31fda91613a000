"""How strongly a loss term pulls on parameters, without touching their `.grad`."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def gradient_norm(term: Tensor, parameters: Iterable[Tensor]) -> Tensor:
    """Global Euclidean norm of the gradient of a 0-d term over all parameters together, detached,
    in the term's dtype.

    Zero for a term that does not depend on them; parameters that need no gradient are left out. The
    graph is kept.
    """
    wanted = [p for p in parameters if p.requires_grad]
    if not term.requires_grad or not wanted:
        return torch.zeros_like(term).detach()
    gradients = torch.autograd.grad(term, wanted, retain_graph=True, allow_unused=True)
    present = [g.to(term.dtype) for g in gradients if g is not None]
    return (
        torch.nn.utils.get_total_norm(present).detach()
        if present
        else torch.zeros_like(term).detach()
    )
