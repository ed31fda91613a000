"""The reader of one file format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sweep.imported.table import Table


@dataclass(frozen=True)
class Reader:
    """One file format of runs.

    Attributes:
        text: description of the format, for messages.
        recognises: whether a file or folder has this format; opens as few files as possible.
        read: reads the rows.

    `read` raises `UsageError` if a file is damaged, or the format's library is not installed.
    """

    text: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], Table]
