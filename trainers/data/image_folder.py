"""Images in folders by class, from the user's disk."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .groups import groups_of
from .labelled_images import PARTS, LabelledImages
from .parts import random_parts

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
LAYOUT = (
    "expected <path>/<class>/<image> (parts are then drawn: 15 % val, 15 % test of each class) or "
    f"<path>/{{train,val,test}}/<class>/<image>, with images ending in {', '.join(SUFFIXES)}"
)


def load(
    root: Path, *, size: int = 64, workers: int = 0, data_seed: int = 0, groups: str | None = None
) -> LabelledImages:
    """Read all images as RGB, resized to `size` × `size` (bicubic): (N, 3, size, size).

    Args:
        root: the folder; `LAYOUT` says what is in it.
        size: side in pixels.
        workers: threads that decode.
        data_seed: draws the parts when the folders do not give them.
        groups: which images belong together, see `sweep_trainers.data.groups`.

    Raises:
        FileNotFoundError: no such folder, no images in it, or no index of the groups.
        ValueError: an image cannot be decoded, has no group, or a part lacks images.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"image folder {root} does not exist; {LAYOUT}")
    split = all((root / part).is_dir() for part in PARTS)
    files = [(part, file) for part in (PARTS if split else ("",)) for file in _images(root / part)]
    if not files:
        raise FileNotFoundError(f"image folder {root} holds no images in class folders; {LAYOUT}")
    paths = [file for _, file in files]
    classes = tuple(sorted({path.parent.name for path in paths}))
    labels = np.array([classes.index(path.parent.name) for path in paths], dtype=np.int64)
    together = groups_of(root, paths, groups)
    if split:
        part = np.array([part for part, _ in files])
    else:
        part = random_parts(labels, data_seed, val=0.15, test=0.15, groups=together)
    _check_parts(root, part)
    return LabelledImages(
        images=_read(paths, size, workers),
        labels=labels,
        classes=classes,
        part=part,
        groups=together,
        names=tuple(path.relative_to(root).as_posix() for path in paths),
    )


def _images(folder: Path) -> list[Path]:
    found = (
        path for path in folder.glob("*/*") if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    return sorted(path for path in found if not path.name.startswith("."))


def _check_parts(root: Path, part: NDArray[np.str_]) -> None:
    missing = [name for name in PARTS if not (part == name).any()]
    if missing:
        raise ValueError(f"image folder {root} has no image in {' and '.join(missing)}; {LAYOUT}")


def _read(paths: Sequence[Path], size: int, workers: int) -> NDArray[np.uint8]:
    read = partial(_decode, size=size)
    if workers:
        with ThreadPoolExecutor(workers) as pool:
            pixels = list(pool.map(read, paths))
    else:
        pixels = [read(path) for path in paths]
    return np.ascontiguousarray(np.stack(pixels).transpose(0, 3, 1, 2))


def _decode(path: Path, size: int) -> NDArray[np.uint8]:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC))
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
    ) as error:  # what Pillow raises on bad files
        raise ValueError(f"image {path} cannot be decoded: {error}") from error
