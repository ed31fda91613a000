"""Labelled images in memory, and where they come from: `digits`, `folder:<path>`, `npz:<path>`,
`idx:<path>`.

Images are kept as bytes and turned into numbers batch by batch, so that a data set takes a quarter
of the memory.
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
    """A data set, read completely; kept, since a worker runs many trials on the same one. Do not
    change it.

    Args:
        data: `digits` or `<kind>:<path>`.
        size: side in pixels images are resized to; None: as they are (folders: 64).
        workers: threads that decode image files, 0: none beside this one.
        data_seed: fixes the parts where the data set does not come split.
        groups: which pictures of a folder belong together, see `sweep_trainers.data.groups`.
        store: where the images of a folder are kept, see `sweep_trainers.data.image_stores`.

    Raises:
        FileNotFoundError: nothing there; the message has the path and the expected layout.
        ValueError: there, but not what its layout promises; the message has the file and what is
            wrong.
    """
    kind, _, path = data.partition(":")
    place = Path(path).expanduser()
    read = partial(_read, data, kind, place, size, workers, data_seed, groups, store)
    where = place if path else None
    return kept(lambda: frozen(read()), where, kind, size, data_seed, groups, store)


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
    """Resize to squares of `size` pixels: bilinear, smoothed before shrinking."""
    if isinstance(data.images, FileImages) or data.images.shape[2:] == (size, size):
        return data
    chunks = [
        torch.nn.functional.interpolate(
            chunk.float(), size=(size, size), mode="bilinear", antialias=True
        )
        for chunk in torch.split(torch.from_numpy(data.images), 1024)
    ]
    pixels = torch.cat(
        [chunk.round().clamp(0, 255).to(torch.uint8) for chunk in chunks]
    ).numpy()
    return replace(data, images=pixels)


def stored(data: str, size: int | None, store: str, workers: int) -> str:
    """Where the images of a data set will be, and what they take, in a sentence.

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
