"""A cache on disk for arrays that are expensive to compute, mapped into every trial.

    features = cached_array(key, (10_015, 512), np.float32, fill)

The files are in `$XDG_CACHE_HOME/sweep-trainers` (else `~/.cache/sweep-trainers`), which only the
user can read, and may be deleted at any time. A process compares a file's SHA-256 when it first
opens it; a file that differs is computed again. Files unused for 30 days are deleted when a new one
is written.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

UNUSED_DAYS = 30
CHUNK = 1 << 24  # bytes hashed at a time

# forked trials inherit what was checked before
_checked: dict[Path, tuple[int, int, int]] = {}


def cache_folder() -> Path | None:
    """The folder of the arrays; None if this user has no home."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if Path(given).is_absolute():
        return Path(given) / "sweep-trainers"
    with suppress(RuntimeError):
        return Path.home() / ".cache" / "sweep-trainers"
    return None


def cached_array(
    key: Mapping[str, Any],
    shape: tuple[int, ...],
    dtype: DTypeLike,
    fill: Callable[[NDArray[Any]], None],
) -> NDArray[Any]:
    """The array of that key, mapped and read-only; computed if it is not cached.

    Args:
        key: everything that the contents depend on, as JSON values.
        shape, dtype: of the array.
        fill: writes the contents into its argument; called by one process at a time.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    folder = cache_folder()
    if folder is None:
        raise OSError(
            "this user has no home folder to keep arrays in: set XDG_CACHE_HOME"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = hashlib.sha256(json.dumps(dict(key), sort_keys=True).encode()).hexdigest()
    path = folder / f"{name}.npy"
    with _alone(folder / f"{name}.lock"):
        if not _is_whole(path):
            _make(path, shape, dtype, fill)
    with suppress(OSError):
        os.utime(_sidecar(path))  # used now
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]


def content_hash(array: NDArray[Any]) -> str:
    """SHA-256 of an array's type, shape and bytes, in hexadecimal."""
    found = hashlib.sha256(f"{array.dtype} {array.shape};".encode())
    rows = max(1, CHUNK // max(array[:1].nbytes, 1))
    for start in range(0, len(array), rows):
        found.update(np.ascontiguousarray(array[start : start + rows]).data)
    return found.hexdigest()


def _is_whole(path: Path) -> bool:
    """Whether the file is there and is what was written."""
    try:
        status = path.stat()
        recorded = json.loads(_sidecar(path).read_bytes())["sha256"]
    except FileNotFoundError:
        return False
    except (ValueError, KeyError, TypeError):
        recorded = ""
    stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
    if _checked.get(path) == stamp:
        return True
    if _file_hash(path) != recorded:
        warnings.warn(
            f"{path} is not what was written to it; it is made again", stacklevel=3
        )
        return False
    _checked[path] = stamp
    return True


def _make(
    path: Path,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    fill: Callable[[NDArray[Any]], None],
) -> None:
    aside = path.with_suffix(".writing")
    _delete_unused(path.parent)
    try:
        array = np.lib.format.open_memmap(aside, mode="w+", dtype=dtype, shape=shape)
        with aside.open(
            "rb+"
        ) as file:  # a full disk is an error now, not a crash while writing
            os.posix_fallocate(file.fileno(), 0, aside.stat().st_size)
        fill(array)
        array.flush()
        del array
        recorded = {
            "sha256": _file_hash(aside),
            "shape": shape,
            "dtype": str(np.dtype(dtype)),
        }
        _sidecar(path).write_text(json.dumps(recorded), encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    status = path.stat()
    _checked[path] = (status.st_ino, status.st_size, status.st_mtime_ns)


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sidecar(path: Path) -> Path:
    return path.with_suffix(".json")


def _delete_unused(folder: Path) -> None:
    oldest = time.time() - UNUSED_DAYS * 24 * 3600
    for sidecar in folder.glob("*.json"):
        with suppress(OSError):
            if sidecar.stat().st_mtime < oldest:
                for suffix in (".npy", ".json", ".lock"):
                    sidecar.with_suffix(suffix).unlink(missing_ok=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time; the lock goes with its process."""
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
