"""Open SQLite databases read-only.

A tool that opens a database may add its tables to it, as Optuna does. These files are the user's
results and must not change.
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
    """Return whether a file begins with SQLite's header."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_START)) == _START


def address(path: Path) -> str:
    """Return the URI with which SQLite opens the file read-only."""
    return f"file:{quote(str(path.resolve()))}?mode=ro"


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a read-only connection.

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
    """Return the names of the tables that have rows; empty if the file is not an SQLite
    database.
    """
    if not is_sqlite(path):
        return frozenset()
    with opened(path) as connection:
        query = "SELECT name FROM sqlite_master WHERE type='table'"
        names = [name for (name,) in connection.execute(query).fetchall()]
        return frozenset(name for name in names if _has_rows(connection, name))


def _has_rows(connection: sqlite3.Connection, table: str) -> bool:
    """Return whether a table has a row."""
    quoted = table.replace('"', '""')
    row = connection.execute(f'SELECT 1 FROM "{quoted}" LIMIT 1').fetchone()  # noqa: S608 - a name from the database
    return row is not None
