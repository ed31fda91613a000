"""Random changes of training images, and of their masks if pixels move.

The trial's generator draws them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .segmentation_data import IGNORED


@dataclass(frozen=True)
class Strength:
    """The largest change of each kind; changes are uniform up to it, for each image.

    Attributes:
        brightness: added or subtracted; images have about unit variance.
        contrast: relative change, in both directions.
        degrees: rotation, in both directions.
        zoom: relative change of scale, in both directions.
        shift: displacement in all directions, as a fraction of the side.
        noise: standard deviation of Gaussian noise.
    """

    brightness: float
    contrast: float
    degrees: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0
    noise: float = 0.0


# Every level except none also mirrors half of the images.
LEVELS: dict[str, Strength | None] = {
    "none": None,
    "light": Strength(brightness=0.2, contrast=0.1),
    "strong": Strength(
        brightness=0.3, contrast=0.2, degrees=15, zoom=0.15, shift=0.06, noise=0.1
    ),
}


OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}


def mirrored_classes(classes: Sequence[str]) -> list[int]:
    """Return the class that each class becomes in a mirror image, as indices (C,).

    `left_x` and `right_x` are exchanged, as are `l_x` and `r_x` (CelebAMask-HQ). A class without a
    partner stays the same.
    """
    position = {name: index for index, name in enumerate(classes)}

    def mirrored(name: str) -> int:
        side, _, part = name.partition("_")
        return position.get(f"{OTHER_SIDE.get(side, side)}_{part}", position[name])

    return [mirrored(name) for name in classes]


def augment(
    images: Tensor,
    masks: Tensor,
    level: str,
    mirror: Tensor,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Return the images of a batch and their masks, each changed independently of the others.

    Args:
        images: (B, C, H, W), on any device.
        masks: (B, H, W) class indices or `IGNORED`.
        level: a key of `LEVELS`.
        mirror: the class of each class in a mirror image, indices, on the masks' device.
        generator: on the CPU; it draws all random numbers.

    Returns:
        Images and masks of the same shapes. Pixels from outside the image, after a rotation or
        shift, are 0 and `IGNORED`.

    Raises:
        ValueError: an unknown level.
    """
    if level not in LEVELS:
        raise ValueError(f"augmentation {level!r}; one of: {', '.join(LEVELS)}")
    strength = LEVELS[level]
    if strength is None:
        return images, masks
    images, masks = _mirror(images, masks, mirror, generator)
    if strength.degrees or strength.zoom or strength.shift:
        images, masks = _move(images, masks, strength, generator)
    return _recolour(images, strength, generator), masks


def _uniform(images: Tensor, largest: float, generator: torch.Generator) -> Tensor:
    """Return one number in ±`largest` for each image, (B, 1, 1, 1)."""
    uniform = torch.rand(len(images), 1, 1, 1, generator=generator)
    numbers = largest * (2 * uniform - 1)
    return numbers.to(images.device, images.dtype)


def _mirror(
    images: Tensor, masks: Tensor, mirror: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Mirror half of the images, and their masks, left and right."""
    uniform = torch.rand(len(images), generator=generator)
    mirrored = (uniform < 0.5).to(images.device)
    other_side = mirror[masks.clamp_min(0)]
    mirrored_masks = torch.where(masks == IGNORED, IGNORED, other_side).flip(-1)
    images = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
    return images, torch.where(mirrored[:, None, None], mirrored_masks, masks)


def _move(
    images: Tensor, masks: Tensor, strength: Strength, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Rotate, scale and shift: images bilinearly, masks by nearest neighbour."""
    angle = _uniform(images, math.radians(strength.degrees), generator).flatten()
    scale = 1 + _uniform(images, strength.zoom, generator).flatten()
    # The grid's coordinates span [-1, 1], so a side is 2.
    x = _uniform(images, 2 * strength.shift, generator).flatten()
    y = _uniform(images, 2 * strength.shift, generator).flatten()
    cos, sin = angle.cos() / scale, angle.sin() / scale
    first_row = torch.stack([cos, -sin, x], dim=1)
    second_row = torch.stack([sin, cos, y], dim=1)
    affine = torch.stack([first_row, second_row], dim=1)
    grid = F.affine_grid(affine, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="zeros", align_corners=False)
    # Mask values are shifted to at least 1, because grid_sample fills outside pixels with 0.
    positive = (masks + 1 - IGNORED)[:, None].to(images.dtype)
    sampled = F.grid_sample(
        positive, grid, mode="nearest", padding_mode="zeros", align_corners=False
    )
    sampled = sampled[:, 0].round()
    moved_masks = sampled.to(masks.dtype) - 1 + IGNORED
    return moved, torch.where(sampled == 0, IGNORED, moved_masks)


def _recolour(images: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Change contrast and brightness and add noise."""
    images = images * (1 + _uniform(images, strength.contrast, generator))
    images = images + _uniform(images, strength.brightness, generator)
    if strength.noise:
        noise = torch.randn(images.shape, generator=generator).to(
            images.device, images.dtype
        )
        images = images + strength.noise * noise
    return images
