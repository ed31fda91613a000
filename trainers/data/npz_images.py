"""`.npz` files with the layout of MedMNIST (Yang et al. 2023), from the user's disk."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .labelled_images import PARTS, LabelledImages
from .parts import random_parts

LAYOUT = (
    "expected arrays train_images, train_labels, test_images, test_labels and, unless 15 % of "
    "train is to be taken, val_images, val_labels: images uint8 (N, H, W) or (N, H, W, 3), "
    "labels integers (N,) or (N, 1); optional class_names (C,)"
)


def load(path: Path, data_seed: int = 0) -> LabelledImages:
    """Read a `.npz` file; pickled arrays are never loaded.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: not a `.npz` file, or an array is missing or of the wrong type or shape.
    """
    if not path.is_file():
        raise FileNotFoundError(f"image file {path} does not exist; {LAYOUT}")
    arrays = _arrays(path)
    parts = [part for part in PARTS if f"{part}_images" in arrays]
    missing = [part for part in ("train", "test") if part not in parts]
    if missing:
        names = [f"{part}_images" for part in missing]
        raise ValueError(f"{path} has no {' and no '.join(names)}; {LAYOUT}")
    images = [_images(path, f"{part}_images", arrays) for part in parts]
    labels = [_labels(path, part, arrays) for part in parts]
    shapes = {array.shape[1:] for array in images}
    if len(shapes) > 1:
        raise ValueError(
            f"{path}: images of the parts differ in shape: {', '.join(map(str, sorted(shapes)))}"
        )
    sizes = [len(array) for array in images]
    part_of_image = np.repeat(np.array(parts, dtype="<U5"), sizes)
    target = np.concatenate(labels)
    if "val" not in parts:
        train = np.flatnonzero(part_of_image == "train")
        part_of_image[train] = random_parts(target[train], data_seed, val=0.15)
    class_count = int(target.max()) + 1
    return LabelledImages(
        np.concatenate(images),
        target,
        _class_names(path, arrays, class_count),
        part_of_image,
    )


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the file by name."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise ValueError("it holds a single array")
            return {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} is not a sound .npz file ({error}); {LAYOUT}"
        ) from error


def _images(
    path: Path, name: str, arrays: dict[str, NDArray[np.generic]]
) -> NDArray[np.uint8]:
    """Return the checked images of a part, (N, C, H, W)."""
    array = arrays[name]
    grey = array.ndim == 3
    colour = array.ndim == 4 and array.shape[-1] in (1, 3, 4)
    if array.dtype != np.uint8 or not (grey or colour) or not len(array):
        raise ValueError(f"{path}: {name} is {array.dtype} {array.shape}; {LAYOUT}")
    pixels = array.astype(np.uint8, copy=False)
    channels_first = pixels[:, None] if grey else pixels.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(channels_first)


def _labels(
    path: Path, part: str, arrays: dict[str, NDArray[np.generic]]
) -> NDArray[np.int64]:
    """Return the checked labels of a part, (N,)."""
    name = f"{part}_labels"
    if name not in arrays:
        raise ValueError(f"{path} has {part}_images but no {name}; {LAYOUT}")
    array = arrays[name]
    flat = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if flat.ndim != 1 or not np.issubdtype(flat.dtype, np.integer):
        raise ValueError(
            f"{path}: {name} is {array.dtype} {array.shape}, one class per image is needed; "
            f"{LAYOUT}"
        )
    image_count = len(arrays[f"{part}_images"])
    if len(flat) != image_count:
        raise ValueError(f"{path}: {image_count} {part}_images but {len(flat)} {name}")
    labels = flat.astype(np.int64)
    if labels.min() < 0:
        raise ValueError(
            f"{path}: {name} holds {labels.min()}; classes are numbered from 0"
        )
    return labels


def _class_names(
    path: Path, arrays: dict[str, NDArray[np.generic]], count: int
) -> tuple[str, ...]:
    """Return the checked `class_names`, or the class indices as text."""
    if "class_names" not in arrays:
        return tuple(str(c) for c in range(count))
    names = tuple(str(name) for name in arrays["class_names"])
    if len(names) < count or len(set(names)) < len(names):
        raise ValueError(
            f"{path}: class_names holds {len(set(names))} names, labels go up to {count - 1}"
        )
    return names
