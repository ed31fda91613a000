"""MLflow's database, as the library wrote it."""

import sqlite3

import pytest

from sweep.errors import UsageError
from sweep.imported.columns import Columns
from sweep.imported.importing import import_files
from sweep.imported.readers import read
from sweep.imported.readers.mlflow_database import MLFLOW_DATABASE
from sweep.imported.table import STATE
from sweep.study import load
from tests.sweep.imported.readers import sources


@pytest.fixture
def recorded(tmp_path):
    path = tmp_path / "mlflow.db"
    database = sqlite3.connect(path)
    database.executescript((sources.RECORDED / "mlflow_database.sql").read_text())
    database.close()
    return path


def test_runs_that_count_are_read_and_the_others_named(recorded):
    table = MLFLOW_DATABASE.read(recorded)
    assert table.rows["name"].unique().tolist() == [
        "base-0",
        "base-1",
        "focal-0",
        "focal-1",
        "dead",
        "child",
    ]
    assert table.notes == (
        "1 of 9 runs left out: deleted in MLflow",
        "1 of 9 runs left out: only holds other runs",
        "1 of 9 runs left out: had not ended",
    )


def test_values_and_ends_are_those_that_were_logged(recorded):
    rows = MLFLOW_DATABASE.read(recorded).rows
    by_name = rows.groupby("name", sort=False)
    assert by_name[STATE].first()["dead"] == "failed"
    assert by_name["val/acc"].last()["focal-1"] == pytest.approx(
        0.7 + 0.02 + 0.05 + 0.01
    )
    assert by_name["opt/lr"].first()["base-0"] == 0.1


def test_a_result_logged_once_stands_for_its_run(recorded, tmp_path):
    done = import_files([recorded], "theirs", tmp_path, Columns())
    epochs = load(done.folder).epochs()
    assert done.arms == ("base", "focal", "ours")
    assert done.columns.metrics == ("val/acc", "test_acc")
    first_run = epochs[epochs["trial"] == 0]
    assert first_run["test_acc"].tolist() == [0.8, 0.8, 0.8]


def test_reading_writes_nothing(recorded):
    before = recorded.read_bytes()
    read(recorded)
    assert recorded.read_bytes() == before
    assert sorted(path.name for path in recorded.parent.iterdir()) == ["mlflow.db"]


def test_a_database_of_another_tool_is_refused_with_its_tables(tmp_path):
    database = sqlite3.connect(tmp_path / "own.db")
    database.execute("CREATE TABLE results (acc REAL)")
    database.execute("INSERT INTO results VALUES (0.5)")
    database.commit()
    database.close()
    before = (tmp_path / "own.db").read_bytes()
    with pytest.raises(UsageError, match="with the tables results"):
        read(tmp_path / "own.db")
    assert (tmp_path / "own.db").read_bytes() == before
