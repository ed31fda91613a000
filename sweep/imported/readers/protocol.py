"""What a reader of one format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sweep.imported.table import Table


@dataclass(frozen=True)
class Reader:
    """One format of files that runs are kept in.

    Attributes:
        text: the format in words, for messages.
        recognises: whether a file or a folder looks like it; opens as little as it can.
        read: its rows.

    `read` raises `UsageError` for a file that is damaged, or for a format whose library is not
    installed.
    """

    text: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], Table]
