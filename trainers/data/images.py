"""Labelled images in memory, and where they come from: `digits`, `folder:<path>`, `npz:<path>`, `idx:<path>`.

Images are kept as bytes and turned into numbers batch by batch, so that a data set takes a quarter of the memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from trainers.data.kept import frozen, kept

PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class LabelledImages:
    """A classification data set with its fixed split.

    Attributes:
        images: (N, C, H, W) uint8.
        labels: (N,) int64, index into `classes`.
        classes: name of each class.
        part: (N,) strings, one of `PARTS`. Train and val are the pool of cross-validation; test is never touched by it.
        population: how many samples each class has in the population whose proportions the training part is cut to,
            by `trainers.data.splits`; None: the training part is used whole.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    part: NDArray[np.str_]
    population: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype != np.uint8:
            raise ValueError(f"images are {self.images.dtype} {self.images.shape}, expected uint8 (N, C, H, W)")
        if not len(self.images) == len(self.labels) == len(self.part):
            raise ValueError(f"{len(self.images)} images, {len(self.labels)} labels, {len(self.part)} parts")
        missing = [part for part in PARTS if not (self.part == part).any()]
        if missing:
            raise ValueError(f"no image in part {' and '.join(missing)}")


def load_images(data: str, *, size: int | None = None, workers: int = 0, data_seed: int = 0) -> LabelledImages:
    """A data set, read completely; kept, since a worker runs many trials on the same one. Do not change it.

    Args:
        data: `digits` or `<kind>:<path>`.
        size: side in pixels images are resized to; None: as they are (folders: 64).
        workers: threads that decode image files, 0: none beside this one.
        data_seed: fixes the parts where the data set does not come split.

    Raises:
        FileNotFoundError: nothing there; the message has the path and the expected layout.
        ValueError: there, but not what its layout promises; the message has the file and what is wrong.
    """
    kind, _, path = data.partition(":")
    place = Path(path).expanduser()
    read = partial(_read, data, kind, place, size, workers, data_seed)
    return kept(lambda: frozen(read()), place if path else None, kind, size, data_seed)


def _read(data: str, kind: str, path: Path, size: int | None, workers: int, data_seed: int) -> LabelledImages:
    from trainers.data import digits, idx_images, image_folder, npz_images

    match kind:
        case "digits":
            loaded = digits.load(data_seed)
        case "folder":
            return image_folder.load(path, size=size or 64, workers=workers, data_seed=data_seed)
        case "npz":
            loaded = npz_images.load(path, data_seed)
        case "idx":
            loaded = idx_images.load(path, data_seed)
        case _:
            raise ValueError(f"data {data!r}: expected digits, folder:<path>, npz:<path> or idx:<path>")
    return resized(loaded, size) if size is not None else loaded


def resized(data: LabelledImages, size: int) -> LabelledImages:
    """Resize to squares of `size` pixels: bilinear, smoothed before shrinking."""
    if data.images.shape[2:] == (size, size):
        return data
    chunks = [
        torch.nn.functional.interpolate(chunk.float(), size=(size, size), mode="bilinear", antialias=True)
        for chunk in torch.split(torch.from_numpy(data.images), 1024)
    ]
    pixels = torch.cat([chunk.round().clamp(0, 255).to(torch.uint8) for chunk in chunks]).numpy()
    return LabelledImages(pixels, data.labels, data.classes, data.part, data.population)
