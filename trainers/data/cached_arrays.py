"""A cache on disk for arrays that are expensive to compute; every trial maps them into memory.

    features = cached_array(key, (10_015, 512), np.float32, fill)

The files are in `$XDG_CACHE_HOME/sweep-trainers` (else `~/.cache/sweep-trainers`), which only the
user can read. They may be deleted at any time. A process checks a file's SHA-256 when it first
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
CHUNK = 1 << 24  # bytes per hash update

# Path → inode, size and modification time of a file whose SHA-256 was right. Forked trials inherit
# it and do not hash the file again.
_checked: dict[Path, tuple[int, int, int]] = {}


def cache_folder() -> Path | None:
    """Return the folder of the arrays, or None if this user has no home folder."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    if Path(configured).is_absolute():
        return Path(configured) / "sweep-trainers"
    with suppress(RuntimeError):
        return Path.home() / ".cache" / "sweep-trainers"
    return None


def cached_array(
    key: Mapping[str, Any],
    shape: tuple[int, ...],
    dtype: DTypeLike,
    fill: Callable[[NDArray[Any]], None],
) -> NDArray[Any]:
    """Return the array of that key, mapped read-only; compute it if it is not cached.

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
    with _locked(folder / f"{name}.lock"):
        if not _is_intact(path):
            _write(path, shape, dtype, fill)
    with suppress(OSError):
        os.utime(_sidecar(path))  # the time of the last use
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]


def content_hash(array: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's type, shape and bytes, in hexadecimal."""
    digest = hashlib.sha256(f"{array.dtype} {array.shape};".encode())
    rows = max(1, CHUNK // max(array[:1].nbytes, 1))
    for start in range(0, len(array), rows):
        digest.update(np.ascontiguousarray(array[start : start + rows]).data)
    return digest.hexdigest()


def _is_intact(path: Path) -> bool:
    """Return whether the file exists and has the recorded SHA-256."""
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


def _write(
    path: Path,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    fill: Callable[[NDArray[Any]], None],
) -> None:
    """Compute the array and write it with its SHA-256; the file appears only when complete."""
    unfinished = path.with_suffix(".writing")
    _delete_unused(path.parent)
    try:
        array = np.lib.format.open_memmap(
            unfinished, mode="w+", dtype=dtype, shape=shape
        )
        # On a full disk this raises an OSError. A later write to the mapping would crash instead.
        with unfinished.open("rb+") as file:
            os.posix_fallocate(file.fileno(), 0, unfinished.stat().st_size)
        fill(array)
        array.flush()
        del array
        record = {
            "sha256": _file_hash(unfinished),
            "shape": shape,
            "dtype": str(np.dtype(dtype)),
        }
        _sidecar(path).write_text(json.dumps(record), encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    status = path.stat()
    _checked[path] = (status.st_ino, status.st_size, status.st_mtime_ns)


def _file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sidecar(path: Path) -> Path:
    """Return the file that records the SHA-256; its modification time is the last use."""
    return path.with_suffix(".json")


def _delete_unused(folder: Path) -> None:
    """Delete the arrays that were last used more than `UNUSED_DAYS` ago."""
    oldest = time.time() - UNUSED_DAYS * 24 * 3600
    for sidecar in folder.glob("*.json"):
        with suppress(OSError):
            if sidecar.stat().st_mtime < oldest:
                for suffix in (".npy", ".json", ".lock"):
                    sidecar.with_suffix(suffix).unlink(missing_ok=True)


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    """Hold the lock, which is released even if the process is killed."""
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
