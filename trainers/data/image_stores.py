"""Where images of files are kept, the setting `image_store`.

memory   decoded before training, in each process
mapped   decoded once into a file that all trials of a machine map
files    decoded whenever they are needed
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
    """The images in their store, (N, channels, size, size).

    Args:
        images: the files.
        store: `memory`, `mapped` or `files`.
        workers: threads that decode into memory; processes for a mapped array.

    Raises:
        ValueError: a file cannot be decoded, the mapped array cannot be kept, or no such store.
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
    """The result for each item, in their order; `workers` threads, 0: none beside this one."""
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
    """An array computed from image files, of the cache that all trials share.

    Args:
        images: the files; one of another size or time of change is another array.
        kind: what is computed from them.
        shape, dtype, fill: as for `cached_array`.
        otherwise: another store to propose where the array cannot be kept.

    Raises:
        ValueError: the array cannot be kept.
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
    """Decoded once, then mapped from disk by whoever needs them."""

    def fill(array: NDArray[np.uint8]) -> None:
        decode_into(array, images, workers)

    kind = "decoded images with masks" if images.beside else "decoded images"
    return cached_for(images, kind, images.shape, np.uint8, fill, otherwise="files")


def _stamps(paths: Sequence[Path]) -> list[tuple[str, int, int, int]]:
    """Path, size, and times of change of each file."""
    stamps = []
    for path in paths:
        status = path.stat()
        stamps.append(
            (str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        )
    return stamps


def room_of(what: str, shape: tuple[int, ...], store: str, workers: int) -> str:
    """What stored images take and where they will be, in a sentence.

    Args:
        what: is stored, such as `images`.
        shape: of the bytes.
        store, workers: as for `stored_images`.
    """
    size = bytes_text(math.prod(shape))
    room = f"{what}: {size} ({' × '.join(map(str, shape))} bytes)"
    match store:
        case "mapped":
            return f"{room} in a file that all trials of a machine map (image_store mapped)"
        case "files":
            return (
                f"{room} are decoded as needed by {workers or 1} process{'es' * (workers > 1)} of "
                "each trial (image_store files)"
            )
    return f"{room} in memory, and once more in each trial that runs at the same time"


def bytes_text(count: int) -> str:
    """A number of bytes with its unit: `1.5 GB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
