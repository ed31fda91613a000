"""Durable files. All changes of a study's files go through this module.

A file is written under a temporary name, synced and renamed, and its folder is synced. So a process
that is killed at any moment leaves the old file or the new one. Every system call that changes a
file goes through a `Disk`; tests replace it by one that fails (`on`), and kill a study at each call
in turn.

An error of the operating system becomes `CannotWrite`, which says what to do.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeGuard

from sweep import no_links
from sweep.errors import CannotWrite

LITTLE = 100e6  # bytes free below which a study says so before it starts
_CHUNK = 1 << 20  # bytes gathered before they are written
_READABLE = 0o644
_ADVICE = {
    errno.ENOSPC: "Free some space and `sweep resume`.",
    errno.EDQUOT: "Your disk quota is used up: free some space and `sweep resume`.",
    errno.EROFS: (
        "The file system is read-only: make it writable and `sweep resume`, or give"
        " another --results."
    ),
    errno.EIO: (
        "The disk or network file system reports errors: check the kernel's log "
        "(dmesg), repair it, then `sweep resume`."
    ),
    errno.EACCES: "Make it writable for you, or give another --results.",
    errno.EEXIST: (
        "A file has the name of a folder that is needed: move it and `sweep resume`."
    ),
    errno.ENOTDIR: (
        "A file has the name of a folder that is needed: move it and `sweep resume`."
    ),
    errno.ELOOP: (
        "sweep follows no symbolic link inside a study's folder, because it may "
        "point anywhere: remove the link."
    ),
    errno.EPERM: "Make it writable for you, or give another --results.",
}


@dataclass(frozen=True)
class Disk:
    """The operating system's calls that change files; they follow no link inside a study."""

    open: Callable[[Path, int, int], int] = no_links.open_file
    make_folder: Callable[[Path], None] = no_links.make_folder
    write: Callable[[int, bytes | memoryview], int] = os.write
    sync: Callable[[int], None] = os.fsync
    sync_data: Callable[[int], None] = os.fdatasync
    truncate: Callable[[int, int], None] = os.ftruncate
    replace: Callable[[Path, Path], None] = no_links.replace
    symlink: Callable[[str, Path], None] = no_links.symlink
    unlink: Callable[[Path], None] = no_links.unlink


_disk = Disk()


def disk() -> Disk:
    """The current disk."""
    return _disk


@contextmanager
def on(other: Disk) -> Iterator[None]:
    """Write all files, of every thread, through another `Disk`; for tests with failing disks."""
    global _disk
    before, _disk = _disk, other
    try:
        yield
    finally:
        _disk = before


# --------------------------------------------------------------------------- whole files


class Sink(Protocol):
    """An object to which a file's contents are written."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Write all of `data`."""

    def flush(self) -> None:
        """Do nothing: data is written when the file is closed."""


def write_file(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file atomically.

    Args:
        sync: False: readers still see a complete file, but after a power failure the old file, or
            none, may be there.

    Raises:
        CannotWrite: the old file is unchanged.
    """
    aside = path.with_name(path.name + ".writing")
    write_aside(aside, lambda file: file.write(data), sync=sync)
    with explained(path):
        _disk.replace(aside, path)
    if sync:
        sync_folder(path.parent)


def write_files(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write files to a folder, each atomically but not synced; return their paths.

    Args:
        files: name → contents; a name may contain subfolders.
        folder: created if it does not exist.

    Raises:
        CannotWrite: the disk is full or failing, or a path is a link.
    """
    make_folder(folder)
    written = []
    for name, data in files.items():
        path = folder / name
        make_folder(path.parent)
        write_file(path, data, sync=False)
        written.append(path)
    return written


def write_aside(
    aside: Path,
    fill: Callable[[Sink], object],
    *,
    sync: bool = True,
    taken: Callable[[bytes | memoryview], object] = lambda data: None,
) -> None:
    """Write and sync a file that will be renamed; remove it if it cannot be written completely.

    Args:
        taken: receives all written pieces, so that a hash needs no second read.

    Raises:
        CannotWrite: see there. Errors of `fill` are passed on.
    """
    with explained(aside):
        fd = _open_aside(aside)
        try:
            file = _Gathered(fd, taken)
            fill(file)
            file.close()
            if sync:
                _disk.sync(fd)
        except Exception:
            with suppress(OSError):
                _disk.unlink(
                    aside
                )  # half a checkpoint would only fill the disk further
            raise
        finally:
            os.close(fd)


def _open_aside(aside: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    try:
        return _disk.open(aside, flags, _READABLE)
    except OSError as error:
        if error.errno != errno.ELOOP or not aside.is_symlink():
            raise
    _disk.unlink(
        aside
    )  # a link in its place is nobody's work: it is removed, not followed
    return _disk.open(aside, flags, _READABLE)


class _Gathered:
    """Buffers small writes, and keeps an error until `close`.

    `torch.save` replaces an error of `write` by its own, so `write` raises none.
    """

    def __init__(self, fd: int, taken: Callable[[bytes | memoryview], object]):
        self._fd, self._taken = fd, taken
        self._parts: list[bytes] = []
        self._size = 0
        self._failure: BaseException | None = None

    def write(self, data: bytes | memoryview, /) -> int:
        size = memoryview(data).nbytes
        if size >= _CHUNK:  # a large tensor is not copied
            self._write_out(data)
        else:
            self._parts.append(bytes(data))
            self._size += size
            if self._size >= _CHUNK:
                self._write_out()
        return size

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._write_out()
        if self._failure is not None:
            raise self._failure

    def _write_out(self, behind: bytes | memoryview = b"") -> None:
        try:
            for data in (b"".join(self._parts), behind):
                if self._failure is None:
                    write_all(self._fd, data)
                    self._taken(data)
        except BaseException as failure:  # noqa: BLE001  (raised by `close`)
            self._failure = failure
        self._parts, self._size = [], 0


def replace(aside: Path, path: Path, *more: tuple[Path, Path]) -> None:
    """Durably rename a finished file, and then `more` files of the same folder."""
    for source, target in ((aside, path), *more):
        with explained(target):
            _disk.replace(source, target)
    sync_folder(path.parent)


def link(path: Path, target: str) -> None:
    """Atomically make a name a link to another file of its folder."""
    aside = path.with_name(path.name + ".writing")
    with explained(path):
        try:
            _disk.symlink(target, aside)
        except FileExistsError:  # a killed process left it
            _disk.unlink(aside)
            _disk.symlink(target, aside)
        _disk.replace(aside, path)


def refuse_link(path: Path) -> None:
    """Check a path inside a study that another library is about to write.

    Raises:
        CannotWrite: the path, or a folder of the study above it, is a link.
    """
    with explained(path):
        no_links.refuse(path)


def remove(path: Path) -> None:
    """Remove a file if it exists."""
    with explained(path), suppress(FileNotFoundError):
        _disk.unlink(path)


# --------------------------------------------------------------------------- folders


def make_folder(folder: Path) -> None:
    """Durably create a folder and its parents, if they do not exist."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with explained(folder):
        try:
            _disk.make_folder(folder)
        except FileExistsError:
            if not folder.is_dir():
                raise
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable."""
    with explained(folder):
        fd = os.open(folder, os.O_RDONLY)
        try:
            _disk.sync(fd)
        finally:
            os.close(fd)


# --------------------------------------------------------------------------- files that grow


def open_to_append(path: Path) -> int:
    """Open a file for reading, and for writing at its end; create it if it does not exist."""
    with explained(path):
        return _disk.open(
            path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _READABLE
        )


def append(path: Path, data: bytes) -> None:
    """Append all of `data` to a file, or nothing; not synced.

    Raises:
        CannotWrite: the file is unchanged, unless the disk refuses to truncate it.
    """
    fd = open_to_append(path)
    try:
        end = os.fstat(fd).st_size
        with explained(path):
            try:
                write_all(fd, data)
            except OSError:
                with suppress(OSError):
                    truncate(fd, end)
                raise
    finally:
        os.close(fd)


def write(fd: int, data: bytes | memoryview) -> int:
    """Write some of `data`; return the number of written bytes."""
    return _disk.write(fd, data)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write all of `data`, in as many calls as it takes."""
    view = memoryview(data).cast("B")
    while view:
        view = view[write(fd, view) :]


def sync_data(fd: int) -> None:
    """Make a file's contents durable, but not its timestamps."""
    _disk.sync_data(fd)


def truncate(fd: int, size: int) -> None:
    """Truncate a file."""
    _disk.truncate(fd, size)


# --------------------------------------------------------------------------- what went
# wrong, and how much room is left


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of the operating system into `CannotWrite`."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """The error with the path, the reason, the free space, and what to do."""
    path = path.absolute() if path == Path() else path  # "cannot write ." says little
    room = free(path) if error.errno == errno.ENOSPC else None
    shown = f" ({size(room)} free there)" if room is not None else ""
    advice = _ADVICE.get(
        error.errno or 0, "Once it can be written, `sweep resume` continues."
    )
    return CannotWrite(
        f"cannot write {path}: {error.strerror or error}{shown}. {advice}"
    )


def is_full(error: BaseException) -> TypeGuard[OSError]:
    """Whether an error, also one of a trainer, says that a disk or a quota is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def free(path: Path) -> int | None:
    """The free bytes at a path, which need not exist; None if unknown."""
    for place in (path, *path.absolute().parents):
        with suppress(OSError):
            return shutil.disk_usage(place).free
    return None


def size(count: float) -> str:
    """Format bytes in powers of 1000: `512 B`, `1.5 MB`, `20 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.4g} TB"
