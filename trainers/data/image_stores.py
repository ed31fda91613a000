"""The stores of decoded image files: the setting `image_store`.

memory   images are decoded before training, in each process
mapped   images are decoded once, into a file that all trials of a machine map
files    images are decoded whenever they are needed
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .cached_arrays import cached_array
from .file_images import FileImages, decode_into, stacked

T = TypeVar("T")
R = TypeVar("R")


def stored_images(
    images: FileImages, store: str, workers: int
) -> NDArray[np.uint8] | FileImages:
    """Return the images in their store, (N, channels, size, size).

    Args:
        images: the files.
        store: `memory`, `mapped` or `files`.
        workers: number of threads that decode into memory; for a mapped array, of processes.

    Raises:
        ValueError: a file cannot be decoded, the mapped array cannot be written, or the store is
            unknown.
    """
    match store:
        case "memory":
            return stacked(in_threads(images.decoded, range(len(images)), workers))
        case "mapped":
            return _mapped(images, workers)
        case "files":
            return images
    raise ValueError(f"image_store {store!r}; one of: memory, mapped, files")


def in_threads(work: Callable[[T], R], items: Sequence[T], workers: int) -> list[R]:
    """Return the result for each item, in their order; 0 workers: this thread does the work."""
    if workers:
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(work, items))
    return [work(item) for item in items]


def cached_for(
    images: FileImages,
    kind: str,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    fill: Callable[[NDArray[Any]], None],
    otherwise: str,
) -> NDArray[Any]:
    """Return an array computed from image files, from the cache that all trials share.

    Args:
        images: the files; their sizes and modification times are part of the key.
        kind: the name of what is computed from them.
        shape, dtype, fill: as for `cached_array`.
        otherwise: the store that the message proposes if the array cannot be written.

    Raises:
        ValueError: the array cannot be written.
    """
    import PIL

    key = {
        "kind": kind,
        "files": _stamps((*images.paths, *images.beside)),
        "size": images.size,
        "pillow": PIL.__version__,
    }
    try:
        return cached_array(key, shape, dtype, fill)
    except OSError as error:
        raise ValueError(
            f"{kind} cannot be kept ({error}); set XDG_CACHE_HOME to a folder with room, or "
            f"image_store to {otherwise}"
        ) from error


def _mapped(images: FileImages, workers: int) -> NDArray[np.uint8]:
    """Return images that are decoded once into a file, which every process maps."""

    def fill(array: NDArray[np.uint8]) -> None:
        decode_into(array, images, workers)

    kind = "decoded images with masks" if images.beside else "decoded images"
    return cached_for(images, kind, images.shape, np.uint8, fill, otherwise="files")


def _stamps(paths: Sequence[Path]) -> list[tuple[str, int, int, int]]:
    """Return path, size, modification time and change time of each file."""
    stamps = []
    for path in paths:
        status = path.stat()
        stamps.append(
            (str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        )
    return stamps


def room_of(what: str, shape: tuple[int, ...], store: str, workers: int) -> str:
    """Return a sentence on how many bytes stored images have and where they are stored.

    Args:
        what: the name of what is stored, such as `images`.
        shape: the shape of the bytes.
        store, workers: as for `stored_images`.
    """
    size = (
        f"{what}: {bytes_text(math.prod(shape))} ({' × '.join(map(str, shape))} bytes)"
    )
    match store:
        case "mapped":
            return f"{size} in a file that all trials of a machine map (image_store mapped)"
        case "files":
            processes = f"{workers} processes" if workers > 1 else "1 process"
            return f"{size} are decoded as needed by {processes} of each trial (image_store files)"
    return f"{size} in memory, and once more in each trial that runs at the same time"


def bytes_text(count: int) -> str:
    """Return a number of bytes with its unit: `1.5 GB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
