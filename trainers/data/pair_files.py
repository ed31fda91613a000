"""One image file with its mask file, decoded and resized to a square."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .file_images import FileImages

VOID = 255  # the mask value of ignored pixels
CHANNELS = 4  # the channels of a stored pair: red, green, blue, mask
LARGEST = 255  # the largest mask value that a stored pair can hold
Pairs = list[tuple[Path, Path]]


def decode_pair(
    image_path: Path, mask_path: Path, size: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the image (size, size, 3) and its mask (size, size), both resized.

    The image is resized bicubically, the mask by nearest neighbour; it may hold `VOID`.

    Raises:
        ValueError: a file cannot be decoded, or the mask has colours or another size than its
            image.
    """
    image, mask = decode(image_path), decode(mask_path)
    if mask.mode not in ("1", "L", "P", "I", "I;16"):
        raise ValueError(
            f"mask {mask_path} is a {mask.mode} picture; a mask has one channel whose values "
            "are class indices"
        )
    if mask.size != image.size:
        raise ValueError(
            f"mask {mask_path} is {mask.size} pixels, its image {image.size}: they must be "
            "equal"
        )
    small = image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
    small_mask = mask.resize((size, size), Image.Resampling.NEAREST)
    return np.asarray(small, np.uint8), np.asarray(small_mask, np.int64)


def decode(path: Path) -> Image.Image:
    """Return the picture, decoded completely."""
    # Pillow raises these for broken files.
    broken = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
    try:
        with Image.open(path) as image:
            image.load()
            return image.copy()
    except broken as error:
        raise ValueError(f"picture {path} cannot be decoded: {error}") from error


def normalised(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return bytes as floats with about zero mean and unit variance, the same for every store."""
    shares = images.astype(np.float32) / 255
    return ((shares - 0.45) / 0.25).astype(np.float32)


def pair_images(pairs: Pairs, size: int) -> FileImages:
    """Return images with their masks as a fourth channel, (N, 4, size, size), decoded as needed."""
    masks = dict(pairs)

    def read_file(path: Path, side: int) -> NDArray[np.uint8]:
        return _decode_bytes(path, masks, side)

    images: Sequence[Path] = [image for image, _ in pairs]
    return FileImages(images, size, read_file, CHANNELS, beside=list(masks.values()))


def _decode_bytes(
    path: Path, masks: Mapping[Path, Path], size: int
) -> NDArray[np.uint8]:
    """Return an image and its mask as bytes, (size, size, 4)."""
    image, mask = decode_pair(path, masks[path], size)
    if mask.min() < 0 or mask.max() > LARGEST:
        value = int(mask.min() if mask.min() < 0 else mask.max())
        raise ValueError(
            f"mask {masks[path]} has the value {value}; image_store mapped and files keep a byte "
            f"for a mask's pixel, 0 to {LARGEST}: choose image_store memory"
        )
    return np.concatenate([image, mask[..., None].astype(np.uint8)], axis=2)
