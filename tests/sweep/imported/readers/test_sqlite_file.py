"""Databases of SQLite, looked at without writing to them."""

import sqlite3

import pytest

from sweep.errors import UsageError
from sweep.imported.readers import sqlite_file


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "a b#1.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE filled (x)")
    connection.execute("CREATE TABLE empty (x)")
    connection.execute("INSERT INTO filled VALUES (1)")
    connection.commit()
    connection.close()
    return path


def test_tables_are_those_with_rows(database):
    assert sqlite_file.tables(database) == {"filled"}


def test_nothing_can_be_written(database):
    with (
        pytest.raises(UsageError, match="readonly"),
        sqlite_file.opened(database) as connection,
    ):
        connection.execute("DELETE FROM filled")


def test_another_file_is_none_and_a_damaged_one_is_refused(tmp_path, database):
    other = tmp_path / "x.txt"
    other.write_text("hello")
    assert sqlite_file.tables(other) == frozenset()
    database.write_bytes(database.read_bytes()[:2000])
    with pytest.raises(UsageError, match="cannot be read"):
        sqlite_file.tables(database)
