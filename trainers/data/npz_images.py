"""MedMNIST-style `.npz` files (Yang et al. 2023), from the user's disk."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .labelled_images import PARTS, LabelledImages
from .parts import random_parts

LAYOUT = (
    "expected arrays train_images, train_labels, test_images, test_labels and, unless 15 % of "
    "train is to be taken, "
    "val_images, val_labels: images uint8 (N, H, W) or (N, H, W, 3), labels integers (N,) or (N, "
    "1); optional "
    "class_names (C,)"
)


def load(path: Path, data_seed: int = 0) -> LabelledImages:
    """Read a `.npz` file; pickled arrays are never loaded.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not a `.npz` file, arrays missing, or of the wrong type or shape.
    """
    if not path.is_file():
        raise FileNotFoundError(f"image file {path} does not exist; {LAYOUT}")
    arrays = _arrays(path)
    parts = [part for part in PARTS if f"{part}_images" in arrays]
    missing = [part for part in ("train", "test") if part not in parts]
    if missing:
        raise ValueError(
            f"{path} has no {' and no '.join(f'{part}_images' for part in missing)}; {LAYOUT}"
        )
    images = [_images(path, f"{part}_images", arrays) for part in parts]
    labels = [_labels(path, part, arrays) for part in parts]
    shapes = {array.shape[1:] for array in images}
    if len(shapes) > 1:
        raise ValueError(
            f"{path}: images of the parts differ in shape: {', '.join(map(str, sorted(shapes)))}"
        )
    part = np.concatenate(
        [np.full(len(a), p, dtype="<U5") for p, a in zip(parts, images, strict=True)]
    )
    target = np.concatenate(labels)
    if "val" not in parts:
        train = np.flatnonzero(part == "train")
        part[train] = random_parts(target[train], data_seed, val=0.15)
    return LabelledImages(
        np.concatenate(images),
        target,
        _class_names(path, arrays, int(target.max()) + 1),
        part,
    )


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
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
    array = arrays[name]
    grey, colour = array.ndim == 3, array.ndim == 4 and array.shape[-1] in (1, 3, 4)
    if array.dtype != np.uint8 or not (grey or colour) or not len(array):
        raise ValueError(f"{path}: {name} is {array.dtype} {array.shape}; {LAYOUT}")
    pixels = array.astype(np.uint8, copy=False)
    return np.ascontiguousarray(
        pixels[:, None] if grey else pixels.transpose(0, 3, 1, 2)
    )


def _labels(
    path: Path, part: str, arrays: dict[str, NDArray[np.generic]]
) -> NDArray[np.int64]:
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
    if len(flat) != len(arrays[f"{part}_images"]):
        raise ValueError(
            f"{path}: {len(arrays[f'{part}_images'])} {part}_images but {len(flat)} {name}"
        )
    labels = flat.astype(np.int64)
    if labels.min() < 0:
        raise ValueError(
            f"{path}: {name} holds {labels.min()}; classes are numbered from 0"
        )
    return labels


def _class_names(
    path: Path, arrays: dict[str, NDArray[np.generic]], count: int
) -> tuple[str, ...]:
    if "class_names" not in arrays:
        return tuple(str(c) for c in range(count))
    names = tuple(str(name) for name in arrays["class_names"])
    if len(names) < count or len(set(names)) < len(names):
        raise ValueError(
            f"{path}: class_names holds {len(set(names))} names, labels go up to {count - 1}"
        )
    return names
