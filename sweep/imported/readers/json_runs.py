"""JSON files of runs: a list of objects, objects by name, or columns as pandas writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sweep.errors import UsageError
from sweep.imported.readers.protocol import Reader
from sweep.imported.table import EPOCH, RUN, Table
from sweep.spec.json_file import NotJson
from sweep.spec.json_file import read as read_json

_HISTORY = "history"
# Keys under which scripts write the list of their runs.
_LISTS = ("runs", "results", "trials", "experiments", "rows", "data")


def _read(path: Path) -> Table:
    """Read the runs of a file.

    Raises:
        UsageError: the file is not JSON, or holds nothing that could be runs.
    """
    try:
        content = read_json(path)
    except NotJson as error:
        raise UsageError(str(error)) from error
    records = _records(path, content)
    rows: list[dict[str, Any]] = []
    for number, record in enumerate(records):
        rows += _epochs(path, number, record)
    has_names = any(RUN in record for record in records)
    return Table(pd.json_normalize(rows, sep="."), counts_runs=not has_names)


def _records(path: Path, content: Any) -> list[dict[str, Any]]:
    """The runs of a file, one mapping each."""
    if isinstance(content, dict):
        content = _of_mapping(content)
    if not isinstance(content, list) or not content:
        raise UsageError(
            f"{path} holds no runs; allowed are a list of objects, an object for each run's name, "
            f"or a list for each column"
        )
    for number, record in enumerate(content):
        if not isinstance(record, dict):
            raise UsageError(
                f"{path}: entry {number} is {str(record)[:60]!r}, not the object of a run"
            )
    return content


def _of_mapping(content: dict[str, Any]) -> Any:
    """The list of runs in a mapping; the mapping itself if it is a single run."""
    for key in _LISTS:
        if isinstance(content.get(key), list | dict):
            inner = content[key]
            return _of_mapping(inner) if isinstance(inner, dict) else inner
    values = list(content.values())
    if values and all(isinstance(value, dict) for value in values):
        return _by_name_or_column(content)
    lengths = {len(value) for value in values if isinstance(value, list)}
    if len(lengths) == 1 and all(isinstance(value, list) for value in values):
        return _rows_of_columns(content)
    return [content]


def _by_name_or_column(content: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `{"arm": {"0": …, "1": …}}`, as pandas writes columns, or of `{"run name": {…}}`."""
    first = next(iter(content.values()))
    same_keys = all(list(entry) == list(first) for entry in content.values())
    if first and same_keys and all(key.isdigit() for key in first):
        columns = {name: list(entry.values()) for name, entry in content.items()}
        return _rows_of_columns(columns)
    return [{"name": name, **entry} for name, entry in content.items()]


def _rows_of_columns(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return a row for each position of columns of equal length."""
    names = list(columns)
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]


def _epochs(path: Path, number: int, record: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a run: one, or one for each epoch of its `history`.

    A history is a list of objects, one an epoch, or a list of values for each metric, as Keras
    has it.

    Raises:
        UsageError: the lists of a history have different lengths.
    """
    rest = {key: value for key, value in record.items() if key != _HISTORY}
    history = record.get(_HISTORY)
    if isinstance(history, dict):
        history = _rows_of_history(path, number, history)
    if not history:
        return [rest]
    if not all(isinstance(epoch, dict) for epoch in history):
        raise UsageError(
            f"{path}: the history of entry {number} is neither a list of objects nor a list of "
            f"values for each metric"
        )
    return [
        {RUN: f"run {number}", EPOCH: epoch, **rest, **values}
        for epoch, values in enumerate(history, start=1)
    ]


def _rows_of_history(
    path: Path, number: int, history: dict[str, Any]
) -> list[dict[str, Any]]:
    """The epochs of `{"val_accuracy": [0.4, 0.6], …}`."""
    curves = {
        name: value if isinstance(value, list) else [value]
        for name, value in history.items()
    }
    lengths = {name: len(curve) for name, curve in curves.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise UsageError(
            f"{path}: the curves in the history of entry {number} have different lengths: {listed}"
        )
    return _rows_of_columns(curves)


JSON = Reader(
    "JSON (.json): a list of runs, runs by name, or columns",
    lambda path: path.is_file() and path.name.lower().endswith(".json"),
    _read,
)
