"""Images in one folder per class, from the user's disk."""

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
SIZE = 64  # side in pixels if the setting gives none
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
        root: the folder, with the layout of `LAYOUT`.
        size: side in pixels.
        workers: number of threads that decode; for a mapped array, of processes.
        data_seed: draws the parts if the folders do not give them.
        groups: the setting for groups of images, see `sweep_trainers.data.groups`.
        store: where the images are kept, see `sweep_trainers.data.image_stores`.

    Raises:
        FileNotFoundError: the folder, its images, or the index of the groups do not exist.
        ValueError: an image cannot be decoded or has no group, or a part has no images.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"image folder {root} does not exist; {LAYOUT}")
    files = _files(root)
    if not files:
        raise FileNotFoundError(
            f"image folder {root} holds no images in class folders; {LAYOUT}"
        )
    paths = [file for _, file in files]
    class_names = [path.parent.name for path in paths]
    classes = tuple(sorted(set(class_names)))
    labels = np.array([classes.index(name) for name in class_names], dtype=np.int64)
    group_numbers = groups_of(root, paths, groups)
    part = np.array([part for part, _ in files])
    if not part[0]:  # the folders give no parts
        part = random_parts(
            labels, data_seed, val=0.15, test=0.15, groups=group_numbers
        )
    _check_parts(root, part)
    return LabelledImages(
        images=stored_images(FileImages(paths, size), store, workers),
        labels=labels,
        classes=classes,
        part=part,
        groups=group_numbers,
        names=tuple(path.relative_to(root).as_posix() for path in paths),
    )


def count(root: Path) -> int:
    """Return the number of images in a folder, without reading them; 0 if it does not exist."""
    return len(_files(root))


def _files(root: Path) -> list[tuple[str, Path]]:
    """Return each image with its part, which is "" if the folders do not give parts."""
    has_parts = all((root / part).is_dir() for part in PARTS)
    files = []
    for part in PARTS if has_parts else ("",):
        files += [(part, file) for file in _images(root / part)]
    return files


def _images(folder: Path) -> list[Path]:
    """Return the image files in the folder's subfolders, sorted; hidden files are left out."""
    images = []
    for path in folder.glob("*/*"):
        is_image = path.suffix.lower() in SUFFIXES and path.is_file()
        if is_image and not path.name.startswith("."):
            images.append(path)
    return sorted(images)


def _check_parts(root: Path, part: NDArray[np.str_]) -> None:
    """Raise a ValueError if a part has no image."""
    missing = [name for name in PARTS if not (part == name).any()]
    if missing:
        raise ValueError(
            f"image folder {root} has no image in {' and '.join(missing)}; {LAYOUT}"
        )
