"""The user's cache and state folders, outside every study; only this user can write to them.

They follow the XDG base directory specification: `$XDG_CACHE_HOME/sweep` or `~/.cache/sweep`, and
`$XDG_STATE_HOME/sweep` or `~/.local/state/sweep`. Both are created with mode 0700.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_NAME = "sweep"
_OWNER_ONLY = 0o700


def cache_folder() -> Path | None:
    """The folder of derived files, which may be deleted at any time; None without a home."""
    return _folder("XDG_CACHE_HOME", ".cache")


def state_folder() -> Path | None:
    """The folder of small facts about the user's work; None without a home."""
    return _folder("XDG_STATE_HOME", ".local/state")


def ready(folder: Path | None) -> bool:
    """Create one of these folders; whether it exists and only this user can write to it."""
    if folder is None:
        return False
    try:
        folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
    except OSError:
        return False
    return is_own(folder)


def is_own(path: Path) -> bool:
    """Whether a path exists, is no link, belongs to this user, and only this user can write it."""
    try:
        status = path.lstat()
    except OSError:
        return False
    is_link = (status.st_mode & 0o170000) == 0o120000
    others_write = status.st_mode & 0o022
    return not is_link and status.st_uid == os.geteuid() and not others_write


def read_own(path: Path) -> bytes | None:
    """A regular file's content; None if it is missing or another user could have written it."""
    if not is_own(path):
        return None
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123
            return file.read() if path.is_file() else None
    except OSError:
        return None


def _folder(variable: str, default: str) -> Path | None:
    given = os.environ.get(variable, "")
    if Path(given).is_absolute():
        return Path(given) / _NAME
    with suppress(RuntimeError):
        return Path.home() / default / _NAME
    return None
