"""System calls that follow no symbolic link inside a study's folder.

In a folder from somebody else, a file or folder that this program writes may be a link; following
it could overwrite any of the user's files. Each call opens the folders from the study's folder
down with `O_NOFOLLOW`, and acts relative to the last one (`dir_fd`), so that nothing can be
replaced in between. Links at or above the study's folder are the user's and are followed.

A study's folder is the nearest parent of a path that contains the event log. For a path outside
every study, only a link in its last part is refused.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOG_NAME = "events.jsonl"
_LOG_BEGINS = b'{"crc":"'
_DEEPEST = 8  # folders between a study's folder and a file of it, at most
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_file(path: Path, flags: int, mode: int) -> int:
    """`os.open`; raises ELOOP if the file, or a folder of the study above it, is a link."""
    with _parent(path) as folder:
        return os.open(path.name, flags | os.O_NOFOLLOW, mode, dir_fd=folder)


def make_folder(path: Path) -> None:
    """`os.mkdir`."""
    with _parent(path) as folder:
        os.mkdir(path.name, dir_fd=folder)


def replace(source: Path, target: Path) -> None:
    """`os.replace`; if the target is a link, the link itself is replaced."""
    with _parent(source) as here, _parent(target) as there:
        os.replace(source.name, target.name, src_dir_fd=here, dst_dir_fd=there)


def symlink(text: str, path: Path) -> None:
    """`os.symlink`."""
    with _parent(path) as folder:
        os.symlink(text, path.name, dir_fd=folder)


def unlink(path: Path) -> None:
    """`os.unlink`."""
    with _parent(path) as folder:
        os.unlink(path.name, dir_fd=folder)


def refuse(path: Path) -> None:
    """Raise ELOOP if a path, or a folder of the study above it, is a link.

    It is called before another library writes the path, which need not exist yet.
    """
    try:
        with _parent(path) as folder:
            status = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def study_folder(path: Path) -> Path | None:
    """The nearest folder above a path that contains an event log; None if there is none.

    A link inside a study may point into another study, which has a log as well; then the study is
    the one that contains the link.
    """
    found: Path | None = None
    linked = False  # on the way from `found` up
    for folder in list(path.parents)[:_DEEPEST]:
        if found is None:
            if os.path.lexists(folder / LOG_NAME):
                found, linked = folder, folder.is_symlink()
        elif linked and _begins_like_a_log(folder / LOG_NAME):
            found, linked = folder, folder.is_symlink()
        else:
            linked = linked or folder.is_symlink()
    return found


def _begins_like_a_log(path: Path) -> bool:
    """Whether a file begins with the first bytes of an event log."""
    try:
        with path.open("rb") as file:
            return file.read(len(_LOG_BEGINS)) == _LOG_BEGINS
    except OSError:
        return False


@contextmanager
def _parent(path: Path) -> Iterator[int]:
    """The folder of a path, opened without following a link below the study's folder."""
    root = study_folder(path) or path.parent
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in path.parent.relative_to(root).parts:
            below = _below(fd, name, path)
            os.close(fd)
            fd = below
        yield fd
    finally:
        os.close(fd)


def _below(fd: int, name: str, path: Path) -> int:
    """Open a folder inside an open folder.

    Raises:
        OSError: it is `..`, a link, or no folder.
    """
    if name == "..":
        raise OSError(errno.EINVAL, "'..' inside a study's folder", str(path))
    try:
        return os.open(name, _FOLDER, dir_fd=fd)
    except NotADirectoryError as error:
        status = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):  # O_DIRECTORY hides that it is a link
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error
        raise
