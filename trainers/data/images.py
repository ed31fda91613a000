"""Reads the labelled images of `digits`, `folder:<path>`, `npz:<path>` or `idx:<path>`.

Images stay bytes and become floats batch by batch, so that a data set needs a quarter of the
memory.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from . import digits, idx_images, image_folder, npz_images
from .file_images import FileImages
from .image_stores import room_of
from .kept import frozen, kept
from .labelled_images import LabelledImages


def load_images(
    data: str,
    *,
    size: int | None = None,
    workers: int = 0,
    data_seed: int = 0,
    groups: str | None = None,
    store: str = "memory",
) -> LabelledImages:
    """Read a data set completely and return it.

    It stays in memory for the next trials of the process and must not be changed.

    Args:
        data: `digits` or `<kind>:<path>`.
        size: side in pixels to which images are resized; None: not resized (folders: 64).
        workers: number of threads that decode image files; 0: this thread decodes.
        data_seed: draws the parts if the data set has no split.
        groups: the setting for groups of a folder's pictures, see `sweep_trainers.data.groups`.
        store: where the images of a folder are kept, see `sweep_trainers.data.image_stores`.

    Raises:
        FileNotFoundError: the data do not exist; the message has the path and the expected layout.
        ValueError: the data do not have that layout; the message has the file and the difference.
    """
    kind, _, path_text = data.partition(":")
    path = Path(path_text).expanduser()
    read = partial(_read, data, kind, path, size, workers, data_seed, groups, store)
    watched = path if path_text else None
    return kept(lambda: frozen(read()), watched, kind, size, data_seed, groups, store)


def _read(
    data: str,
    kind: str,
    path: Path,
    size: int | None,
    workers: int,
    data_seed: int,
    groups: str | None,
    store: str,
) -> LabelledImages:
    """Read the data set of that kind."""
    match kind:
        case "digits":
            loaded = digits.load(data_seed)
        case "folder":
            return image_folder.load(
                path,
                size=size or image_folder.SIZE,
                workers=workers,
                data_seed=data_seed,
                groups=groups,
                store=store,
            )
        case "npz":
            loaded = npz_images.load(path, data_seed)
        case "idx":
            loaded = idx_images.load(path, data_seed)
        case _:
            raise ValueError(
                f"data {data!r}: expected digits, folder:<path>, npz:<path> or idx:<path>"
            )
    return resized(loaded, size) if size is not None else loaded


def resized(data: LabelledImages, size: int) -> LabelledImages:
    """Return the images resized to squares of `size` pixels: bilinear, with antialiasing."""
    if isinstance(data.images, FileImages) or data.images.shape[2:] == (size, size):
        return data
    chunks = []
    for chunk in torch.split(torch.from_numpy(data.images), 1024):
        interpolated = torch.nn.functional.interpolate(
            chunk.float(), size=(size, size), mode="bilinear", antialias=True
        )
        chunks.append(interpolated.round().clamp(0, 255).to(torch.uint8))
    return replace(data, images=torch.cat(chunks).numpy())


def stored(data: str, size: int | None, store: str, workers: int) -> str:
    """Return a sentence on how many bytes the images of a data set have and where they are stored.

    Args:
        data, size, store, workers: as for `load_images`; images of a folder are counted, others
            are read.
    """
    kind, _, path = data.partition(":")
    if kind == "folder":
        side = size or image_folder.SIZE
        shape = (image_folder.count(Path(path).expanduser()), 3, side, side)
    else:
        shape = load_images(data, size=size).images.shape
    return room_of("images", shape, store, workers)
