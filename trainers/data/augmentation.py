"""Random changes of training images that keep their class; the trial's generator draws them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Strength:
    """The largest change of each kind; changes are uniform up to it.

    Attributes:
        degrees: rotation, in both directions.
        zoom: relative change of scale, in both directions.
        shift: displacement in all directions, as a fraction of the side.
        contrast: relative change of contrast, in both directions.
        noise: standard deviation of Gaussian noise; pixels lie in [0, 1].
        erased: side of the patch that is set to 0, as a fraction of the image's side.
    """

    degrees: float
    zoom: float
    shift: float
    contrast: float = 0.0
    noise: float = 0.0
    erased: float = 0.0


# Light: the differences between careful photographs. Strong: also noise and erased pixels.
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
    """Return the images, each changed independently of the others.

    Args:
        images: (B, C, H, W) float in [0, 1], on any device.
        level: a key of `LEVELS`.
        generator: on the CPU; it draws all random numbers.
        flip: mirror left and right with probability ½.

    Returns:
        (B, C, H, W); noise may exceed [0, 1].

    Raises:
        ValueError: an unknown level.
    """
    if level not in LEVELS:
        raise ValueError(f"augmentation {level!r}; one of: {', '.join(LEVELS)}")
    strength = LEVELS[level]
    if strength is not None:
        images = _move(images, strength, generator)
        images = _recolour(images, strength, generator)
        images = _erase(images, strength.erased, generator)
    if flip:
        uniform = torch.rand(len(images), 1, 1, 1, generator=generator)
        mirrored = (uniform < 0.5).to(images.device)
        images = torch.where(mirrored, images.flip(-1), images)
    return images


def _uniform(count: int, bound: float, generator: torch.Generator) -> Tensor:
    """Return `count` numbers that are uniform in ±`bound`."""
    return (torch.rand(count, generator=generator) * 2 - 1) * bound


def _move(images: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Rotate, zoom and shift by bilinear interpolation; new pixels at the border are 0."""
    count, _, height, width = images.shape
    angle = _uniform(count, math.radians(strength.degrees), generator)
    zoom = 1 + _uniform(count, strength.zoom, generator)
    # The grid's coordinates span [-1, 1], so a side is 2.
    x = _uniform(count, 2 * strength.shift, generator)
    y = _uniform(count, 2 * strength.shift, generator)
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    aspect = height / width  # keeps a rotation a rotation on images that are not square
    first_row = torch.stack([cos, -sin * aspect, x], dim=1)
    second_row = torch.stack([sin / aspect, cos, y], dim=1)
    matrix = torch.stack([first_row, second_row], dim=1)
    grid = F.affine_grid(matrix.to(images), list(images.shape), align_corners=False)
    return F.grid_sample(
        images, grid, mode="bilinear", padding_mode="zeros", align_corners=False
    )


def _recolour(images: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Change the contrast and add noise."""
    if strength.contrast:
        factor = 1 + _uniform(len(images), strength.contrast, generator)
        factor = factor.to(images)[:, None, None, None]
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        images = mean + (images - mean) * factor
    if strength.noise:
        noise = torch.randn(images.shape, generator=generator).to(images)
        images = images + noise * strength.noise
    return images


def _erase(images: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    """Set one random patch of each image to 0 (random erasing, Zhong et al. 2020)."""
    if not fraction:
        return images
    count, _, height, width = images.shape
    rows = _interval(count, height, fraction, generator)
    columns = _interval(count, width, fraction, generator)
    patch = rows[:, None, :, None] & columns[:, None, None, :]
    return images.masked_fill(patch.to(images.device), 0.0)


def _interval(
    count: int, length: int, fraction: float, generator: torch.Generator
) -> Tensor:
    """Return random intervals of that fraction of 0 … length - 1, (count, length) boolean."""
    side = max(1, round(fraction * length))
    first = torch.randint(0, length - side + 1, (count, 1), generator=generator)
    position = torch.arange(length)
    return (position >= first) & (position < first + side)
