"""Log p_t and class masses of a batch of logits, computed in tiles.

Cross-entropy, focal and Dice losses need nothing else. Their time is memory traffic: the plain
formula keeps the log-softmax and two gradients of the logits' size. Here forward and backward go
over tiles of pixels that fit in the cache, compute each tile's softmax again, and write the
gradient once. The peak holds that gradient, a tile, and a few tensors with one value per pixel.

The code after these two outputs is ordinary differentiable code on tensors C times smaller than the
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

# Elements in a tile. On a CPU 1 MiB in float32 fits in the caches and makes up for the cost of a
# call; other devices get large tiles, because each tile is a kernel launch.
_TILE_ELEMENTS = {"cpu": 2**18}
_TILE_ELEMENTS_ELSEWHERE = 2**26


def log_probability_and_mass(
    logits: Tensor, target: Tensor, ignore_index: int
) -> tuple[Tensor, Tensor]:
    """Return log p_t of each pixel and the probability mass of each class in each image.

    It is differentiable once, also under `torch.func.vmap` and `grad`. For second derivatives,
    `plain_log_probability_and_mass` returns the same by the plain formula.

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
    # (N, C, ...) → (N, C, M); the added dimension gives (N, C) logits a single pixel.
    flat_logits = logits.unsqueeze(-1).flatten(2)
    flat_target = target.unsqueeze(-1).flatten(1)
    log_p, mass = _forward(flat_logits, flat_target, ignore_index)
    return log_p.view(target.shape), mass


def plain_log_probability_and_mass(
    logits: Tensor, target: Tensor, ignore_index: int
) -> tuple[Tensor, Tensor]:
    """Return what `log_probability_and_mass` returns, by the plain formula."""
    check_class_targets(logits, target)
    valid = counted(target, ignore_index).unsqueeze(1)
    log_p = F.log_softmax(widen(without_ignored(logits, valid)), dim=1)
    index = torch.where(valid.squeeze(1), target, 0).long().unsqueeze(1)
    probability = log_p.exp() * valid
    mass = probability.unsqueeze(-1).flatten(2).sum(dim=2)
    true_log_p = log_p.gather(1, index) * valid
    return true_log_p.squeeze(1), mass


class _Forward(torch.autograd.Function):
    """Log p_t and class masses, with the gradient of `_Backward`."""

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
            true_class = shifted.gather(1, index)
            exponentials = shifted.exp_()
            total = exponentials.sum(dim=1, keepdim=True)
            tile_log_p = (true_class - total.log()) * valid
            log_p[images, pixels] = tile_log_p.squeeze(1)
            tile_mass = exponentials @ (valid / total).mT
            mass[images] += tile_mass.squeeze(2)
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
        gradient = _backward(logits, target, ctx.ignore_index, grad_log_p, grad_mass)
        return gradient, None, None

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], *inputs: Any
    ) -> tuple[tuple[Tensor, Tensor], tuple[int, int]]:
        K = info.batch_size
        log_p, mass = _forward(*_fold(K, in_dims, inputs))
        return (_unfold(K, log_p), _unfold(K, mass)), (0, 0)


class _Backward(torch.autograd.Function):
    """The gradient of the logits; it is a Function itself so that `vmap` can run it."""

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
            g = grad_log_p[images, pixels].unsqueeze(1) * valid
            B = grad_mass[images].unsqueeze(2)
            tile_logits = without_ignored(logits[images, :, pixels], valid)
            softmax = F.softmax(_wide(tile_logits, wide), dim=1).mul_(valid)
            tile = torch.empty_like(softmax)
            if in_place:
                tile = gradient[images, :, pixels]
            torch.sub(B, B.mT @ softmax + g, out=tile)  # B_c - Σ_k p_k B_k - g
            tile.mul_(softmax).scatter_add_(1, index, g)
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
        K = info.batch_size
        gradient = _backward(*_fold(K, in_dims, inputs))
        return _unfold(K, gradient), 0


_forward: Callable[..., tuple[Tensor, Tensor]] = _Forward.apply
_backward: Callable[..., Tensor] = _Backward.apply


def _fold(
    K: int, in_dims: tuple[int | None, ...], inputs: tuple[Any, ...]
) -> list[Any]:
    """Return the inputs of K vmapped calls as those of one call on K times as many images."""

    def fold(x: Any, dim: int | None) -> Any:
        if not isinstance(x, Tensor):
            return x
        stacked = x.expand(K, *x.shape) if dim is None else x.movedim(dim, 0)
        return stacked.flatten(0, 1)

    return [fold(x, dim) for x, dim in zip(inputs, in_dims, strict=True)]


def _unfold(K: int, x: Tensor) -> Tensor:
    """Return the output of one call on K times as many images as the outputs of K calls."""
    return x.view(K, x.shape[0] // K, *x.shape[1:])


def _tiles(logits: Tensor) -> Iterator[tuple[slice, slice]]:
    """Yield (images, pixels) of each tile of `(N, C, M)` logits.

    A tile holds several whole images or a part of one.
    """
    N, C, M = logits.shape
    size = _TILE_ELEMENTS.get(logits.device.type, _TILE_ELEMENTS_ELSEWHERE)
    images = max(1, size // (C * max(M, 1)))
    pixels = max(1, min(M, size // C))
    for first_image in range(0, N, images):
        for first_pixel in range(0, M, pixels):
            yield (
                slice(first_image, first_image + images),
                slice(first_pixel, first_pixel + pixels),
            )


def _wide(tile: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the tile in that dtype, with the pixels of a class next to each other in memory.

    Vector instructions run along the pixels: a pixel has too few classes.
    """
    wide = tile.to(dtype)
    if wide.stride(1) == 1:
        return wide.contiguous()
    return wide


def _index(target: Tensor, ignore_index: int) -> tuple[Tensor, Tensor]:
    """Return class indices with 0 where ignored, and the mask of the pixels that count.

    Both are `(n, 1, m)`.
    """
    target = target.unsqueeze(1)
    valid = counted(target, ignore_index)
    return torch.where(valid, target, 0).long(), valid
