"""What cross-entropy, focal and Dice losses need of a batch of logits, tile by tile: log p_t and
the class masses.

A segmentation loss is memory traffic: the plain formula keeps the log-softmax and two gradients of
the logits' size. Here forward and backward walk over tiles of pixels that stay in the cache,
compute the softmax of each anew, and write the gradient once. What is alive at the peak is that
gradient, a tile, and a few tensors of one value per pixel.

Everything after the two outputs is ordinary differentiable code on tensors C times smaller than the
logits. With p the softmax, t a pixel's class, g = ∂L/∂(log p_t) per pixel and B = ∂L/∂P per image
and class, the gradient of the logits is

    ∂L/∂z_c = p_c · (B_c - Σ_k p_k B_k - g)  +  [c = t] · g .
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .ignored import counted, without_ignored
from .precision import check_class_targets, widen

# Elements in a tile: 1 MiB in float32 on a CPU, little enough for its caches and enough for each
# call to be worth it; large elsewhere, for few kernel launches.
_TILE_ELEMENTS = {"cpu": 2**18}
_TILE_ELEMENTS_ELSEWHERE = 2**26


def log_probability_and_mass(
    logits: Tensor, target: Tensor, ignore_index: int
) -> tuple[Tensor, Tensor]:
    """Log-probability of each pixel's own class, and the probability mass of each class in each
    image.

    Differentiable once, and under `torch.func.vmap` and `grad`; `plain_log_probability_and_mass` is
    the same by the plain formula, for second derivatives.

    Args:
        logits: `(N, C, ...)`, any floating type.
        target: `(N, ...)` integer class indices.
        ignore_index: target value of pixels that do not count.

    Returns:
        log p_t `(N, ...)` (0 where ignored) and P `(N, C)`, the sum of p_c over the pixels that are
        not ignored; float32 or float64.

    Raises:
        ValueError: shapes do not match.
        TypeError: wrong types.
    """
    check_class_targets(logits, target)
    # (N, C, 1) for plain (N, C) logits
    log_p, mass = _forward(
        logits.unsqueeze(-1).flatten(2), target.unsqueeze(-1).flatten(1), ignore_index
    )
    return log_p.view(target.shape), mass


def plain_log_probability_and_mass(
    logits: Tensor, target: Tensor, ignore_index: int
) -> tuple[Tensor, Tensor]:
    """`log_probability_and_mass` by the plain formula."""
    check_class_targets(logits, target)
    valid = counted(target, ignore_index).unsqueeze(1)
    log_p = F.log_softmax(widen(without_ignored(logits, valid)), dim=1)
    index = torch.where(valid.squeeze(1), target, 0).long().unsqueeze(1)
    mass = (log_p.exp() * valid).unsqueeze(-1).flatten(2).sum(dim=2)
    return (log_p.gather(1, index) * valid).squeeze(1), mass


class _Forward(torch.autograd.Function):
    @staticmethod
    def forward(
        logits: Tensor, target: Tensor, ignore_index: int
    ) -> tuple[Tensor, Tensor]:
        N, C, M = logits.shape
        wide = torch.promote_types(logits.dtype, torch.float32)
        log_p = logits.new_empty((N, M), dtype=wide)
        mass = logits.new_zeros((N, C), dtype=wide)
        for images, pixels in _tiles(logits):
            index, valid = _index(target[images, pixels], ignore_index)
            tile = _wide(without_ignored(logits[images, :, pixels], valid), wide)
            shifted = tile - tile.amax(dim=1, keepdim=True)
            own = shifted.gather(1, index)
            total = shifted.exp_().sum(dim=1, keepdim=True)
            log_p[images, pixels] = ((own - total.log()) * valid).squeeze(1)
            mass[images] += (shifted @ (valid / total).mT).squeeze(2)
        return log_p, mass

    @staticmethod
    def setup_context(
        ctx: Any, inputs: tuple[Tensor, Tensor, int], output: tuple[Tensor, Tensor]
    ) -> None:
        logits, target, ctx.ignore_index = inputs
        ctx.save_for_backward(logits, target)

    @staticmethod
    def backward(
        ctx: Any, grad_log_p: Tensor, grad_mass: Tensor
    ) -> tuple[Tensor, None, None]:
        logits, target = ctx.saved_tensors
        return (
            _backward(logits, target, ctx.ignore_index, grad_log_p, grad_mass),
            None,
            None,
        )

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], *inputs: Any
    ) -> tuple[tuple[Tensor, Tensor], tuple[int, int]]:
        K = info.batch_size
        log_p, mass = _forward(*_fold(K, in_dims, inputs))
        return (_unfold(K, log_p), _unfold(K, mass)), (0, 0)


class _Backward(torch.autograd.Function):
    """The gradient as a function of its own, so that it too can run under `vmap`."""

    @staticmethod
    def forward(
        logits: Tensor,
        target: Tensor,
        ignore_index: int,
        grad_log_p: Tensor,
        grad_mass: Tensor,
    ) -> Tensor:
        wide = grad_log_p.dtype
        gradient = torch.empty_like(logits)
        in_place = gradient.dtype == wide and gradient.stride(1) != 1
        for images, pixels in _tiles(logits):
            index, valid = _index(target[images, pixels], ignore_index)
            own = grad_log_p[images, pixels].unsqueeze(1) * valid
            mass = grad_mass[images].unsqueeze(2)
            known = without_ignored(logits[images, :, pixels], valid)
            softmax = F.softmax(_wide(known, wide), dim=1).mul_(valid)
            tile = (
                gradient[images, :, pixels] if in_place else torch.empty_like(softmax)
            )
            torch.sub(mass, mass.mT @ softmax + own, out=tile)
            tile.mul_(softmax).scatter_add_(1, index, own)
            if not in_place:
                gradient[images, :, pixels] = tile
        return gradient

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        raise NotImplementedError(
            "the tiled segmentation loss has no second derivative; use "
            "plain_log_probability_and_mass for one"
        )

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], *inputs: Any
    ) -> tuple[Tensor, int]:
        return _unfold(
            info.batch_size, _backward(*_fold(info.batch_size, in_dims, inputs))
        ), 0


_forward: Callable[..., tuple[Tensor, Tensor]] = _Forward.apply
_backward: Callable[..., Tensor] = _Backward.apply


def _fold(
    K: int, in_dims: tuple[int | None, ...], inputs: tuple[Any, ...]
) -> list[Any]:
    """The inputs of K vmapped calls as those of one call on K times as many images."""

    def fold(x: Any, dim: int | None) -> Any:
        if not isinstance(x, Tensor):
            return x
        stacked = x.expand(K, *x.shape) if dim is None else x.movedim(dim, 0)
        return stacked.flatten(0, 1)

    return [fold(x, dim) for x, dim in zip(inputs, in_dims, strict=True)]


def _unfold(K: int, x: Tensor) -> Tensor:
    return x.view(K, x.shape[0] // K, *x.shape[1:])


def _tiles(logits: Tensor) -> Iterator[tuple[slice, slice]]:
    """(images, pixels) of each tile of `(N, C, M)` logits: several whole images, or a part of
    one.
    """
    N, C, M = logits.shape
    size = _TILE_ELEMENTS.get(logits.device.type, _TILE_ELEMENTS_ELSEWHERE)
    images, pixels = max(1, size // (C * max(M, 1))), max(1, min(M, size // C))
    for n in range(0, N, images):
        for start in range(0, M, pixels):
            yield slice(n, n + images), slice(start, start + pixels)


def _wide(tile: Tensor, dtype: torch.dtype) -> Tensor:
    """The tile in that type, with pixels side by side: the classes of a pixel are too few to
    vectorise over.
    """
    wide = tile.to(dtype)
    return wide.contiguous() if wide.stride(1) == 1 else wide


def _index(target: Tensor, ignore_index: int) -> tuple[Tensor, Tensor]:
    """Class indices with 0 where ignored, and the mask of the pixels that count, both `(n, 1,
    m)`.
    """
    here = target.unsqueeze(1)
    valid = counted(here, ignore_index)
    return torch.where(valid, here, 0).long(), valid
