"""Floor 0: making names on disk survive a crash: a file's data is synced by its writer, its name by its folder."""

from __future__ import annotations

import os
from pathlib import Path


def replace(aside: Path, path: Path) -> None:
    """Rename a finished file into its place, durably."""
    aside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
