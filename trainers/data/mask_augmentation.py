"""Random changes to training images and, where pixels move, to their masks; drawn from the trial's
own generator.
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
    """Largest change of each kind, drawn uniformly within, for each image on its own.

    Attributes:
        brightness: added either way; images have about unit variance.
        contrast: relative change either way.
        degrees: rotation either way.
        zoom: relative scale either way.
        shift: displacement either way, as a fraction of the side.
        noise: standard deviation of Gaussian noise.
    """

    brightness: float
    contrast: float
    degrees: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0
    noise: float = 0.0


# Every level but none also mirrors half of the images.
LEVELS: dict[str, Strength | None] = {
    "none": None,
    "light": Strength(brightness=0.2, contrast=0.1),
    "strong": Strength(
        brightness=0.3, contrast=0.2, degrees=15, zoom=0.15, shift=0.06, noise=0.1
    ),
}


OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}


def mirrored_classes(classes: Sequence[str]) -> list[int]:
    """What each class becomes in a mirror, as indices (C,).

    `left_x` and `right_x` change places, as do `l_x` and `r_x` (CelebAMask-HQ); a class without a
    partner stays.
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
    """Change each image of a batch on its own.

    Args:
        images: (B, C, H, W), on any device.
        masks: (B, H, W) class indices or `IGNORED`.
        level: a key of `LEVELS`.
        mirror: what each class becomes in a mirror, indices, on the masks' device.
        generator: on the CPU; all that is random comes from it.

    Returns:
        Images and masks of the same shapes; what a rotation or shift brings into view is 0 and
        `IGNORED`.

    Raises:
        ValueError: a level that is not known.
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
    """One number in ±largest an image, (B, 1, 1, 1)."""
    drawn = largest * (2 * torch.rand(len(images), 1, 1, 1, generator=generator) - 1)
    return drawn.to(images.device, images.dtype)


def _mirror(
    images: Tensor, masks: Tensor, mirror: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    chosen = (torch.rand(len(images), generator=generator) < 0.5).to(images.device)
    swapped = torch.where(masks == IGNORED, IGNORED, mirror[masks.clamp_min(0)]).flip(
        -1
    )
    images = torch.where(chosen[:, None, None, None], images.flip(-1), images)
    return images, torch.where(chosen[:, None, None], swapped, masks)


def _move(
    images: Tensor, masks: Tensor, strength: Strength, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Rotate, scale and shift: images bilinearly, masks by nearest neighbour."""
    angle = _uniform(images, math.radians(strength.degrees), generator).flatten()
    scale = 1 + _uniform(images, strength.zoom, generator).flatten()
    x, y = (
        _uniform(images, 2 * strength.shift, generator).flatten() for _ in range(2)
    )  # the grid spans 2
    cos, sin = angle.cos() / scale, angle.sin() / scale
    affine = torch.stack(
        [torch.stack([cos, -sin, x], dim=1), torch.stack([sin, cos, y], dim=1)], dim=1
    )
    grid = F.affine_grid(affine, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="zeros", align_corners=False)
    shifted = (masks + 1 - IGNORED)[:, None].to(
        images.dtype
    )  # at least 1, so that 0 is what came into view
    labels = F.grid_sample(
        shifted, grid, mode="nearest", padding_mode="zeros", align_corners=False
    )[:, 0].round()
    return moved, torch.where(
        labels == 0, IGNORED, labels.to(masks.dtype) - 1 + IGNORED
    )


def _recolour(images: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    images = images * (1 + _uniform(images, strength.contrast, generator))
    images = images + _uniform(images, strength.brightness, generator)
    if strength.noise:
        noise = torch.randn(images.shape, generator=generator).to(
            images.device, images.dtype
        )
        images = images + strength.noise * noise
    return images
