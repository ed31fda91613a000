"""Choose a session's storage: that of earlier sessions, even if it was moved.

The log has the path of a storage on a disk twice: absolute, and relative to the study's folder. If
the storage was moved together with the project, the second path is used. If it was moved elsewhere,
the user names its URI, and it must contain this study.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sweep.errors import UsageError
from sweep.history.history import History
from sweep.log.event_log import FILE_NAME
from sweep.session import stored_log
from sweep.session.storage_sync import study_storage
from sweep.storage import Storage, absolute


def chosen(given: str | None, history: History, folder: Path) -> str | None:
    """The URI of the storage for trials' files; None: only the study's folder.

    Args:
        given: the value of `--storage`; None: as in the last session.
        history: the study.
        folder: the study's folder.

    Raises:
        UsageError: the files of earlier sessions are in another storage, or cannot be found.
        CannotWrite: a storage does not answer.
    """
    slug = history.spec.slug  # its folder may have been renamed
    last = history.sessions[-1] if history.sessions else None
    before = None if last is None else last.storage
    if given is not None:
        wanted = absolute(given)
        if before not in (None, wanted) and not _holds(wanted, slug, folder):
            raise UsageError(
                f"--storage {given}: this study's files are in {before}; resume it without "
                f"--storage, or move the files first"
            )
        return wanted
    if last is None or before is None or _holds(before, slug, folder):
        return before
    beside = _beside(last.storage_from_folder, folder)
    if beside is not None and _holds(beside, slug, folder):
        return beside
    raise UsageError(
        f"the storage {before} does not contain this study any more. If it was moved, name"
        f" it: --storage URI. If it is lost, --storage {before} continues without its files,"
        " and trials that have not ended start from epoch 0"
    )


def from_folder(storage: str | None, folder: Path) -> str:
    """The path of a storage on a disk, relative to the study's folder; "" for other storages."""
    path = None if storage is None else _path(storage)
    return "" if path is None else os.path.relpath(path, folder.resolve())


def _beside(relative: str, folder: Path) -> str | None:
    if not relative:
        return None
    return Path(os.path.normpath(folder.resolve() / relative)).as_uri()


def _path(uri: str) -> Path | None:
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _holds(uri: str, slug: str, folder: Path) -> bool:
    """Whether a storage contains this study."""
    there = stored_log.read(Storage(study_storage(uri, slug)))
    if there is None:
        return False
    with (folder / FILE_NAME).open("rb") as log:
        return stored_log.first_line(there) + b"\n" == log.readline()
