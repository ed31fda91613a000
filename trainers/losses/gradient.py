"""The norm of a loss term's gradient, computed without touching any `.grad`."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def gradient_norm(term: Tensor, parameters: Iterable[Tensor]) -> Tensor:
    """Return the Euclidean norm of a 0-d term's gradient over all parameters together.

    Parameters that need no gradient are left out. A term that depends on none of them has norm 0.
    The graph is kept for another backward pass.

    Returns:
        0-d tensor in the term's dtype, detached.
    """
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    if not term.requires_grad or not trained:
        return torch.zeros_like(term).detach()
    gradients = torch.autograd.grad(term, trained, retain_graph=True, allow_unused=True)
    used = [gradient.to(term.dtype) for gradient in gradients if gradient is not None]
    if not used:
        return torch.zeros_like(term).detach()
    return torch.nn.utils.get_total_norm(used).detach()
