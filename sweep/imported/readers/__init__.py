"""The file formats of runs, `READERS`, and `read`, which chooses the reader of a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sweep.errors import UsageError
from sweep.imported.readers import sqlite_file
from sweep.imported.readers.json_runs import JSON
from sweep.imported.readers.lightning_logs import LIGHTNING
from sweep.imported.readers.mlflow_database import MLFLOW_DATABASE
from sweep.imported.readers.mlflow_runs import MLFLOW
from sweep.imported.readers.optuna_storage import OPTUNA
from sweep.imported.readers.protocol import Reader
from sweep.imported.readers.ray_results import RAY
from sweep.imported.readers.tabular import CSV, JSON_LINES, PARQUET
from sweep.imported.readers.tensorboard_events import TENSORBOARD
from sweep.imported.readers.wandb_runs import WANDB
from sweep.imported.table import Table

# Folders first: a folder of runs contains CSV files too.
READERS: Mapping[str, Reader] = {
    "wandb": WANDB,
    "mlflow": MLFLOW,
    "mlflow database": MLFLOW_DATABASE,
    "ray": RAY,
    "lightning": LIGHTNING,
    "tensorboard": TENSORBOARD,
    "optuna": OPTUNA,
    "parquet": PARQUET,
    "jsonl": JSON_LINES,
    "json": JSON,
    "csv": CSV,
}


def read(path: Path) -> tuple[str, Table]:
    """Return the name of a file's format, and its rows.

    Raises:
        UsageError: the file does not exist, its format is unknown, or it cannot be read.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    for name, reader in READERS.items():
        if reader.recognises(path):
            return name, reader.read(path)
    if sqlite_file.is_sqlite(path):
        tables = ", ".join(sorted(sqlite_file.tables(path))) or "none"
        raise UsageError(
            f"{path} is a SQLite database with the tables {tables}; sweep reads "
            "SQLite databases of Optuna and MLflow"
        )
    formats = "; ".join(reader.text for reader in READERS.values())
    raise UsageError(f"{path} has no format that sweep imports; allowed: {formats}")


__all__ = ["READERS", "Reader", "read"]
