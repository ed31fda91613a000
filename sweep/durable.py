"""Files that survive a crash, and the one place through which a study's files are changed.

A file is written aside, synced, renamed into its place, and its folder synced, so that a process
killed at any moment leaves the old file or the new one. Every call that changes a file goes through
a `Disk`, the operating system's calls; a test puts one that fails in its place (`on`) and kills a
study at each of them in turn.

Whatever the operating system refuses becomes `CannotWrite`, which says what to do.
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
    errno.EDQUOT: "Your quota is spent: free some space and `sweep resume`.",
    errno.EROFS: (
        "The file system is read-only: make it writable and `sweep resume`, or give"
        " another --results."
    ),
    errno.EIO: (
        "The disk or network file system fails: see the kernel's log, and `sweep"
        " resume` when it is well."
    ),
    errno.EACCES: "Make it writable for you, or give another --results.",
    errno.EEXIST: (
        "Something that is no folder is in the way: move it and `sweep resume`."
    ),
    errno.ENOTDIR: (
        "Something that is no folder is in the way: move it and `sweep resume`."
    ),
    errno.ELOOP: (
        "A link inside a study's folder is not followed: remove it, it may point"
        " anywhere."
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
    """The one that files are written on now."""
    return _disk


@contextmanager
def on(other: Disk) -> Iterator[None]:
    """Write all files, of every thread, through another `Disk`; for tests of what
    happens when one fails.
    """
    global _disk
    before, _disk = _disk, other
    try:
        yield
    finally:
        _disk = before


# --------------------------------------------------------------------------- whole files


class Sink(Protocol):
    """What a file's contents are written to."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Take all of `data`."""

    def flush(self) -> None:
        """Nothing is owed to the disk before the file is closed."""


def write_file(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Put a file with these contents in its place, at once and whole.

    Args:
        sync: False: whole for whoever reads it, but the old one or none may be there after a power
            cut.

    Raises:
        CannotWrite: and the old file stands.
    """
    aside = path.with_name(path.name + ".writing")
    write_aside(aside, lambda file: file.write(data), sync=sync)
    with explained(path):
        _disk.replace(aside, path)
    if sync:
        sync_folder(path.parent)


def write_files(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write files into a folder, each at once and whole, not synced; return their paths.

    Args:
        files: name → contents; a name may lead through folders of its own.
        folder: made if it is not there.

    Raises:
        CannotWrite: the disk is full or failing, or a link stands in the way.
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
    """Write and sync a file that is to be renamed. What could not be written whole is removed.

    Args:
        taken: is given what was written, piece by piece: a hash of it needs no second look at the
            file.

    Raises:
        CannotWrite: see there. Whatever `fill` raises is passed on.
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
    """Gathers small writes into large ones, and keeps what goes wrong until `close`.

    `torch.save` turns whatever a write raises into an error of its own; so nothing is raised to it.
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
    """Rename a finished file into its place, and `more` of the same folder after it, durably."""
    for source, target in ((aside, path), *more):
        with explained(target):
            _disk.replace(source, target)
    sync_folder(path.parent)


def link(path: Path, target: str) -> None:
    """Let a name stand for another file of its folder, at once."""
    aside = path.with_name(path.name + ".writing")
    with explained(path):
        try:
            _disk.symlink(target, aside)
        except FileExistsError:  # a killed process left it
            _disk.unlink(aside)
            _disk.symlink(target, aside)
        _disk.replace(aside, path)


def refuse_link(path: Path) -> None:
    """Look at a path inside a study that another library is about to write.

    Raises:
        CannotWrite: it is a link, or a folder of the study above it is.
    """
    with explained(path):
        no_links.refuse(path)


def remove(path: Path) -> None:
    """Remove a file if it is there."""
    with explained(path), suppress(FileNotFoundError):
        _disk.unlink(path)


# --------------------------------------------------------------------------- folders


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably; what is there stays."""
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
    """Make the names in a folder durable."""
    with explained(folder):
        fd = os.open(folder, os.O_RDONLY)
        try:
            _disk.sync(fd)
        finally:
            os.close(fd)


# --------------------------------------------------------------------------- files that grow


def open_to_append(path: Path) -> int:
    """A file descriptor that reads anywhere and writes at the end of a file, made if it
    is not there.
    """
    with explained(path):
        return _disk.open(
            path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _READABLE
        )


def append(path: Path, data: bytes) -> None:
    """Add to the end of a file, all of `data` or nothing; not synced.

    Raises:
        CannotWrite: and the file is as it was, as far as the disk still lets it be put back.
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
    """Write some of `data`; the number of bytes that were."""
    return _disk.write(fd, data)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write all of `data`, in as many calls as it takes."""
    view = memoryview(data).cast("B")
    while view:
        view = view[write(fd, view) :]


def sync_data(fd: int) -> None:
    """Make a file's contents durable, without its dates."""
    _disk.sync_data(fd)


def truncate(fd: int, size: int) -> None:
    """Cut a file to a size."""
    _disk.truncate(fd, size)


# --------------------------------------------------------------------------- what went
# wrong, and how much room is left


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses into `CannotWrite`."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """What could not be written, why, how much room there is, and what to do."""
    path = path.absolute() if path == Path() else path  # "cannot write ." says little
    room = free(path) if error.errno == errno.ENOSPC else None
    shown = f" ({size(room)} free there)" if room is not None else ""
    advice = _ADVICE.get(
        error.errno or 0, "`sweep resume` goes on when it can be written."
    )
    return CannotWrite(
        f"cannot write {path}: {error.strerror or error}{shown}. {advice}"
    )


def is_full(error: BaseException) -> TypeGuard[OSError]:
    """Whether an error, a trainer's own included, says that a disk or a quota is used up."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def free(path: Path) -> int | None:
    """Bytes free where a path is or would be; None where that cannot be told."""
    for place in (path, *path.absolute().parents):
        with suppress(OSError):
            return shutil.disk_usage(place).free
    return None


def size(count: float) -> str:
    """`512 B`, `1.5 MB`, `20 GB`: bytes in powers of 1000, as disks are sold."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.4g} TB"
