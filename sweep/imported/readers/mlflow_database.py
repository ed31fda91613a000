"""MLflow's database of runs, its default store: `mlflow.db`.

Its tables are read directly, so MLflow need not be installed; nothing is written. Source:
https://github.com/mlflow/mlflow/blob/master/mlflow/store/tracking/dbmodels/models.py.
"""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

from sweep.imported.readers import sqlite_file
from sweep.imported.readers.mlflow_run import (
    NAME_TAG,
    PARENT_TAG,
    MlflowRun,
    table_of,
)
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import Table

_TABLES = frozenset({"runs", "experiments"})


def _recognises(path: Path) -> bool:
    """Return whether a file is MLflow's database."""
    return sqlite_file.tables(path) >= _TABLES


def _read(path: Path) -> Table:
    """Read all runs of the database."""
    with sqlite_file.opened(path) as connection:
        runs = connection.execute("SELECT * FROM runs")
        settings = _texts(connection, "params")
        tags = _texts(connection, "tags")
        curves = _curves(connection)
        rows = runs.fetchall()
        return table_of([_run(row, settings, tags, curves) for row in rows])


def _run(
    run: sqlite3.Row,
    settings: dict[str, dict[str, str]],
    tags: dict[str, dict[str, str]],
    curves: dict[str, dict[str, dict[int, float]]],
) -> MlflowRun:
    """Return one run, from its row and the settings, tags and curves of all runs."""
    identifier = run["run_uuid"]
    run_tags = tags.get(identifier, {})
    milliseconds = 0
    if run["start_time"] is not None and run["end_time"] is not None:
        milliseconds = run["end_time"] - run["start_time"]
    return MlflowRun(
        identifier=identifier,
        name=run_tags.get(NAME_TAG) or run["name"] or identifier,
        status=run["status"],
        deleted=run["lifecycle_stage"] == "deleted",
        parent=run_tags.get(PARENT_TAG),
        started=float(run["start_time"] or 0),
        milliseconds=max(float(milliseconds), 0.0),
        settings=settings.get(identifier, {}),
        curves=curves.get(identifier, {}),
    )


def _texts(connection: sqlite3.Connection, table: str) -> dict[str, dict[str, str]]:
    """Return run → name → text, from the table `params` or `tags`."""
    texts: dict[str, dict[str, str]] = {}
    query = f"SELECT run_uuid, key, value FROM {table} ORDER BY key"  # noqa: S608 - one of two names
    for run, key, value in connection.execute(query):
        texts.setdefault(run, {})[key] = "" if value is None else str(value)
    return texts


def _curves(
    connection: sqlite3.Connection,
) -> dict[str, dict[str, dict[int, float]]]:
    """Return run → metric → step → value; the database stores NaN as 0 with `is_nan`."""
    curves: dict[str, dict[str, dict[int, float]]] = {}
    query = (
        "SELECT run_uuid, key, step, value, is_nan FROM metrics ORDER BY key, timestamp"
    )
    for run, key, step, value, is_nan in connection.execute(query):
        curve = curves.setdefault(run, {}).setdefault(key, {})
        curve[int(step)] = math.nan if is_nan else float(value)
    return curves


MLFLOW_DATABASE = Reader("MLflow's database (mlflow.db)", _recognises, _read)
