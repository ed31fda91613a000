"""Open SQLite databases read-only.

A tool that opens a database may add its own tables, as Optuna does. These files are the user's
results, so they must not change.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from sweep.errors import UsageError

_START = b"SQLite format 3\0"


def is_sqlite(path: Path) -> bool:
    """Whether a file begins with SQLite's header."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_START)) == _START


def address(path: Path) -> str:
    """The URI with which SQLite opens the file read-only."""
    return f"file:{quote(str(path.resolve()))}?mode=ro"


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection.

    Raises:
        UsageError: the database cannot be read.
    """
    try:
        connection = sqlite3.connect(address(path), uri=True)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def tables(path: Path) -> frozenset[str]:
    """Names of the tables that have rows; empty if the file is no SQLite database."""
    if not is_sqlite(path):
        return frozenset()
    with opened(path) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        return frozenset(
            name for (name,) in names.fetchall() if _has_rows(connection, name)
        )


def _has_rows(connection: sqlite3.Connection, table: str) -> bool:
    quoted = table.replace('"', '""')
    row = connection.execute(f'SELECT 1 FROM "{quoted}" LIMIT 1').fetchone()  # noqa: S608 - a name from the database
    return row is not None
