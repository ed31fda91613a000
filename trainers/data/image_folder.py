"""Images in folders by class, from the user's disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .file_images import FileImages
from .groups import groups_of
from .image_stores import stored_images
from .labelled_images import PARTS, LabelledImages
from .parts import random_parts

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
SIZE = 64  # side in pixels where none is asked for
LAYOUT = (
    "expected <path>/<class>/<image> (parts are then drawn: 15 % val, 15 % test of each class) or "
    f"<path>/{{train,val,test}}/<class>/<image>, with images ending in {', '.join(SUFFIXES)}"
)


def load(
    root: Path,
    *,
    size: int = SIZE,
    workers: int = 0,
    data_seed: int = 0,
    groups: str | None = None,
    store: str = "memory",
) -> LabelledImages:
    """Read all images as RGB, resized to `size` × `size` (bicubic): (N, 3, size, size).

    Args:
        root: the folder; `LAYOUT` says what is in it.
        size: side in pixels.
        workers: threads that decode; processes for a mapped array.
        data_seed: draws the parts when the folders do not give them.
        groups: which images belong together, see `sweep_trainers.data.groups`.
        store: where the images are, see `sweep_trainers.data.image_stores`.

    Raises:
        FileNotFoundError: no such folder, no images in it, or no index of the groups.
        ValueError: an image cannot be decoded, has no group, or a part lacks images.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"image folder {root} does not exist; {LAYOUT}")
    files = _files(root)
    split = bool(files) and files[0][0] != ""
    if not files:
        raise FileNotFoundError(
            f"image folder {root} holds no images in class folders; {LAYOUT}"
        )
    paths = [file for _, file in files]
    classes = tuple(sorted({path.parent.name for path in paths}))
    labels = np.array(
        [classes.index(path.parent.name) for path in paths], dtype=np.int64
    )
    together = groups_of(root, paths, groups)
    if split:
        part = np.array([part for part, _ in files])
    else:
        part = random_parts(labels, data_seed, val=0.15, test=0.15, groups=together)
    _check_parts(root, part)
    return LabelledImages(
        images=stored_images(FileImages(paths, size), store, workers),
        labels=labels,
        classes=classes,
        part=part,
        groups=together,
        names=tuple(path.relative_to(root).as_posix() for path in paths),
    )


def count(root: Path) -> int:
    """How many images a folder holds, without reading them; 0 where it does not exist."""
    return len(_files(root))


def _files(root: Path) -> list[tuple[str, Path]]:
    """Each image with its part, "" where the folders do not give parts."""
    split = all((root / part).is_dir() for part in PARTS)
    return [
        (part, file)
        for part in (PARTS if split else ("",))
        for file in _images(root / part)
    ]


def _images(folder: Path) -> list[Path]:
    found = (
        path
        for path in folder.glob("*/*")
        if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    return sorted(path for path in found if not path.name.startswith("."))


def _check_parts(root: Path, part: NDArray[np.str_]) -> None:
    missing = [name for name in PARTS if not (part == name).any()]
    if missing:
        raise ValueError(
            f"image folder {root} has no image in {' and '.join(missing)}; {LAYOUT}"
        )
