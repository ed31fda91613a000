"""From a table back to its trials: the runs of a row, and a check of a written table.

A written table is recomputed from the log and compared cell by cell.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from sweep.errors import UnknownName, UsageError
from sweep.history.history import History
from sweep.model.by_epoch import shown as shown_value
from sweep.model.trial import State
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow, gather
from sweep.report.formats import delimited
from sweep.report.frames import MISSING
from sweep.report.table import EMPTY, Cell, Column, Note, Table, Value
from sweep.report.writing import tables

TOLERANCE = 1e-9  # relative; versions of SciPy may differ in the last digits


def trace(history: History, arm: str, *, metrics: Sequence[str] | None = None) -> Table:
    """The runs that an arm's row is computed from, one per row.

    Columns: trial, seed, fold, state, epochs, metric values, and the session that ran it.

    Raises:
        UnknownName: no such arm, or a metric that no trial reported.
    """
    evidence = gather(history, metrics=metrics)
    if arm not in evidence.every_arm:
        raise UnknownName("arm", arm, evidence.every_arm)
    shown = tuple(dict.fromkeys((history.spec.metric.name, *evidence.metrics)))
    columns = (
        Column("trial", "Trial"),
        Column("seed", "Seed"),
        Column("fold", "Fold", detail=evidence.folds is None),
        Column("state", "State", "left"),
        Column("epochs", "Epochs"),
        Column("selected", "Read at"),
        *(Column(metric, f"{metric} {arrow(history, metric)}") for metric in shown),
        Column("seconds", "Time"),
        Column("sessions", "Sessions"),
        Column("code", "Code", "left"),
    )
    is_of_arm = evidence.results["arm"] == arm
    rows = evidence.results[is_of_arm].to_dict("records")
    config = evidence.every_arm[arm].config
    settings = [f"{name}={shown_value(value)}" for name, value in config.items()]
    notes = (
        Note("", f"Configuration: {', '.join(settings)}"),
        Note("", "Epochs are counted from 1; only complete runs are averaged"),
    )
    cells = tuple(_run(history, row, shown) for row in rows)
    return Table("trace", f"Runs behind {arm}", columns, cells, notes)


def verify_table(
    history: History,
    path: Path,
    *,
    metrics: Sequence[str] | None = None,
    confidence: float | None = None,
) -> list[str]:
    """Recompute a written table from the log, and list the cells that differ.

    Args:
        history: the study.
        path: `<table>.csv`, `<table>.parquet` or `report.json`, as `write` wrote it.
        metrics: as given to `write`.
        confidence: as given to `write`.

    Raises:
        UsageError: the file does not exist, is of another kind, or cannot be read.
    """
    evidence = gather(history, metrics=metrics, confidence=confidence)
    return cell_differences(evidence, path)


def cell_differences(evidence: Evidence, path: Path) -> list[str]:
    """`verify_table` for evidence that was gathered before."""
    built = {table.name: table for table in tables(evidence)}
    differences: list[str] = []
    for name, rows in _read(path).items():
        if name not in built:
            differences.append(
                f"{path.name}: the log gives no table {name!r}; it gives: {', '.join(built)}"
            )
            continue
        where = f"{path.name} {name}" if path.suffix == ".json" else path.name
        differences += _differences(where, built[name], rows)
    return differences


# --------------------------------------------------------------------------- pieces


def _run(
    history: History, row: Mapping[Any, Any], metrics: Sequence[str]
) -> tuple[Cell, ...]:
    """The row of one run, from its row of the results frame."""
    if row["state"] == MISSING:
        return _missing_run(row, metrics)
    number = int(row["trial"])
    used = (number,) if row["state"] == State.COMPLETE.value else ()
    sessions = history.sessions_of(number)
    code = dict.fromkeys(session.environment.get("code", "") for session in sessions)
    state = row["state"]
    if row["reason"]:
        state += f": {row['reason']}"
    values = [Cell(numbers.plain(row[name]), {"": row[name]}, used) for name in metrics]
    return (
        Cell(str(number), {"": number}, used),
        _number(row["seed"]),
        _number(row["fold"]),
        Cell(state, {"": row["state"], "reason": row["reason"]}),
        _number(row["epochs"]),
        _number(row["selected"]),
        *values,
        Cell(numbers.duration(row["seconds"]), {"": row["seconds"]}),
        Cell(", ".join(str(session.number) for session in sessions)),
        Cell(", ".join(code)),
    )


def _missing_run(row: Mapping[Any, Any], metrics: Sequence[str]) -> tuple[Cell, ...]:
    """The row of a planned run that no trial has: only seed, fold and state are filled."""
    after_state = [EMPTY] * (len(metrics) + 5)
    return (
        EMPTY,
        _number(row["seed"]),
        _number(row["fold"]),
        Cell(MISSING, {"": MISSING}),
        *after_state,
    )


def _number(value: Any) -> Cell:
    """The cell of an integer; empty for a missing value."""
    if pd.isna(value):
        return EMPTY
    whole = int(value)
    return Cell(str(whole), {"": whole})


Record = Mapping[str, Any]  # a row, as `Table.records` makes it


def _read(path: Path) -> dict[str, list[Record]]:
    """Table → its rows as `Table.records` makes them, from any machine format."""
    readers = {".csv": _read_csv, ".parquet": _read_parquet, ".json": _read_json}
    if path.suffix not in readers:
        allowed = ", ".join(f"*{suffix}" for suffix in readers)
        raise UsageError(
            f"{path} is not a table that can be checked; allowed: {allowed}"
        )
    try:
        return readers[path.suffix](path)
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} does not exist; write it with `sweep report`"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} cannot be read as a table: {error}") from error


def _read_csv(path: Path) -> dict[str, list[Record]]:
    """Read a CSV file, as one table with the file's name."""
    text = path.read_text(encoding="utf-8")
    lines = csv.reader(io.StringIO(text, newline=""))
    header = [delimited.unescape(key) for key in next(lines, [])]
    rows: list[Record] = []
    for line in lines:
        values = map(delimited.unescape, line)
        rows.append(dict(zip(header, values, strict=True)))
    return {path.stem: rows}


def _read_parquet(path: Path) -> dict[str, list[Record]]:
    """Read a parquet file, as one table with the file's name."""
    import pyarrow.parquet as pq

    rows = pq.read_table(path).to_pylist()
    return {path.stem: rows}


def _read_json(path: Path) -> dict[str, list[Record]]:
    """Read all tables of a `report.json`."""
    records: dict[str, list[Record]] = {}
    for table in orjson.loads(path.read_bytes())["tables"]:
        keys = [column["key"] for column in table["columns"]]
        records[table["name"]] = [_record(keys, row) for row in table["rows"]]
    return records


def _record(keys: Sequence[str], row: Sequence[Mapping[str, Any]]) -> Record:
    """A row of `report.json` as `Table.records` makes it."""
    record: dict[str, Any] = {}
    for key, cell in zip(keys, row, strict=True):
        for part, value in cell["values"].items():
            name = f"{key}.{part}" if part else key
            record[name] = value
        record[f"{key}.trials"] = " ".join(map(str, cell["trials"]))
    return record


def _differences(where: str, table: Table, written: list[Record]) -> Iterator[str]:
    """A sentence for each value of a written table that differs from the log's.

    Args:
        where: the file, and the table in it, for the sentences.
        table: built from the log.
        written: rows of the file.
    """
    expected = table.records()
    if len(written) != len(expected):
        yield f"{where}: {len(written)} rows, the log gives {len(expected)}"
    pairs = zip(written, expected, strict=False)
    for number, (actual, wanted) in enumerate(pairs, start=1):
        name = next(iter(wanted.values()))
        for key in dict.fromkeys([*wanted, *actual]):
            if key in ("marks", "notes") and key not in actual:
                continue  # JSON stores notes apart from the rows
            if not _equal(actual.get(key), wanted.get(key)):
                yield (
                    f"{where}: row {number} ({name}), {key}: {actual.get(key)!r}, the log"
                    f" gives {wanted.get(key)!r}{_trials_of(wanted, key)}"
                )


def _trials_of(record: Record, key: str) -> str:
    """` (trials 3 4)`: the trials that a value of a record is computed from, if it has any."""
    column = key.rpartition(".")[0] or key
    trials = record.get(f"{column}.trials") or record.get(f"{key}.trials")
    return f" (trials {trials})" if trials else ""


def _equal(actual: Any, wanted: Value) -> bool:
    """Whether a value read from a file is that of the log; numbers may differ by `TOLERANCE`."""
    if _is_empty(wanted):
        return _is_empty(actual)
    if isinstance(wanted, bool):
        as_text = "true" if wanted else "false"
        return actual is wanted or actual == as_text
    if isinstance(wanted, int | float):
        try:
            number = float(actual)
        except (TypeError, ValueError):
            return False
        return math.isclose(number, wanted, rel_tol=TOLERANCE, abs_tol=1e-12)
    return str(actual) == wanted


def _is_empty(value: Any) -> bool:
    """Whether a value is missing in any format: None, NaN or an empty text."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or value == ""
