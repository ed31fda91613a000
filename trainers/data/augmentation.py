"""Random changes to training images that keep their class, drawn from the trial's generator."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Strength:
    """Largest change of each kind, uniform within.

    Attributes:
        degrees: rotation either way.
        zoom: relative scale either way.
        shift: displacement either way, as a fraction of the side.
        contrast: relative change of contrast either way.
        noise: standard deviation of Gaussian noise; pixels lie in [0, 1].
        erased: side of the patch set to 0, as a fraction of the image's side.
    """

    degrees: float
    zoom: float
    shift: float
    contrast: float = 0.0
    noise: float = 0.0
    erased: float = 0.0


# Light is what a careful photographer could not avoid; strong also takes pixels away.
LEVELS: dict[str, Strength | None] = {
    "none": None,
    "light": Strength(degrees=8, zoom=0.06, shift=0.06),
    "strong": Strength(
        degrees=20, zoom=0.15, shift=0.12, contrast=0.3, noise=0.05, erased=0.25
    ),
}


def augment(
    images: Tensor, level: str, generator: torch.Generator, *, flip: bool = False
) -> Tensor:
    """Change each image on its own.

    Args:
        images: (B, C, H, W) float in [0, 1], on any device.
        level: a key of `LEVELS`.
        generator: on the CPU; every level draws from it alone.
        flip: mirror left and right with probability ½.

    Returns:
        (B, C, H, W); noise may leave [0, 1].
    """
    if level not in LEVELS:
        raise ValueError(f"augmentation {level!r}; one of: {', '.join(LEVELS)}")
    strength = LEVELS[level]
    if strength is not None:
        images = _move(images, strength, generator)
        images = _recolour(images, strength, generator)
        images = _erase(images, strength.erased, generator)
    if flip:
        mirrored = (torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5).to(
            images.device
        )
        images = torch.where(mirrored, images.flip(-1), images)
    return images


def _uniform(count: int, bound: float, generator: torch.Generator) -> Tensor:
    return (torch.rand(count, generator=generator) * 2 - 1) * bound


def _move(images: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Rotate, zoom and shift, bilinearly; new pixels at the border are 0."""
    count, _, height, width = images.shape
    angle = _uniform(count, math.radians(strength.degrees), generator)
    zoom = 1 + _uniform(count, strength.zoom, generator)
    x, y = (
        _uniform(count, 2 * strength.shift, generator) for _ in range(2)
    )  # the grid's coordinates span [-1, 1]
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    aspect = (
        height / width
    )  # so that a rotation stays one on images that are not square
    matrix = torch.stack(
        [
            torch.stack([cos, -sin * aspect, x], 1),
            torch.stack([sin / aspect, cos, y], 1),
        ],
        1,
    )
    grid = F.affine_grid(matrix.to(images), list(images.shape), align_corners=False)
    return F.grid_sample(
        images, grid, mode="bilinear", padding_mode="zeros", align_corners=False
    )


def _recolour(images: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    if strength.contrast:
        factor = (1 + _uniform(len(images), strength.contrast, generator)).to(images)[
            :, None, None, None
        ]
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        images = mean + (images - mean) * factor
    if strength.noise:
        images = (
            images
            + torch.randn(images.shape, generator=generator).to(images) * strength.noise
        )
    return images


def _erase(images: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    """Set one random patch of each image to 0 (random erasing, Zhong et al. 2020)."""
    if not fraction:
        return images
    count, _, height, width = images.shape
    kept = []
    for length in (height, width):
        side = max(1, round(fraction * length))
        first = torch.randint(0, length - side + 1, (count, 1), generator=generator)
        position = torch.arange(length)
        kept.append((position >= first) & (position < first + side))
    patch = (kept[0][:, None, :, None] & kept[1][:, None, None, :]).to(images.device)
    return images.masked_fill(patch, 0.0)
