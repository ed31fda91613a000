"""From a cell back to its trials: what stands behind a row, and whether a written table
says what the log says.
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
from sweep.model.trial import State
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow, gather
from sweep.report.formats import delimited
from sweep.report.frames import MISSING
from sweep.report.table import EMPTY, Cell, Column, Note, Table, Value
from sweep.report.writing import tables

TOLERANCE = (
    1e-9  # relative; another version of SciPy may round the last digits differently
)


def trace(history: History, arm: str, *, metrics: Sequence[str] | None = None) -> Table:
    """The runs behind an arm's row: trial, seed, fold, state, epochs, values read, and the session
    that ran it.

    Raises:
        UnknownName: no such arm, or a metric that no trial reported.
    """
    evidence = gather(history, metrics=metrics)
    if arm not in evidence.every_arm:
        raise UnknownName("arm", arm, evidence.every_arm)
    own = history.spec.metric.name
    shown = tuple(dict.fromkeys((own, *evidence.metrics)))
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
    rows = evidence.results[evidence.results["arm"] == arm].to_dict("records")
    settings = ", ".join(
        f"{name}={value}" for name, value in evidence.every_arm[arm].config.items()
    )
    notes = (
        Note("", f"Configuration: {settings}"),
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
    """Recompute a written table from the log, and say which cells differ; an empty list when none
    does.

    Args:
        history: the study.
        path: `<table>.csv`, `<table>.parquet` or `report.json`, as `write` made it.
        metrics: as they were given to `write`.
        confidence: likewise.

    Raises:
        UsageError: a file that is not there, of another kind, or that cannot be read.
    """
    evidence = gather(history, metrics=metrics, confidence=confidence)
    return cell_differences(evidence, path)


def cell_differences(evidence: Evidence, path: Path) -> list[str]:
    """The same for evidence that was gathered already."""
    built = {table.name: table for table in tables(evidence)}
    differences: list[str] = []
    for name, rows in _read(path).items():
        if name not in built:
            differences.append(
                f"{path.name}: the log gives no table {name!r}; it gives: {', '.join(built)}"
            )
            continue
        differences += _differences(
            f"{path.name} {name}" if path.suffix == ".json" else path.name,
            built[name],
            rows,
        )
    return differences


# --------------------------------------------------------------------------- pieces


def _run(
    history: History, row: Mapping[Any, Any], metrics: Sequence[str]
) -> tuple[Cell, ...]:
    if row["state"] == MISSING:
        known = [
            EMPTY,
            _number(row["seed"]),
            _number(row["fold"]),
            Cell(MISSING, {"": MISSING}),
        ]
        return (*known, *[EMPTY] * (len(metrics) + 5))
    number = int(row["trial"])
    used = (number,) if row["state"] == State.COMPLETE.value else ()
    sessions = history.sessions_of(number)
    code = list(
        dict.fromkeys(session.environment.get("code", "") for session in sessions)
    )
    said = row["state"] + (f": {row['reason']}" if row["reason"] else "")
    return (
        Cell(str(number), {"": number}, used),
        _number(row["seed"]),
        _number(row["fold"]),
        Cell(said, {"": row["state"], "reason": row["reason"]}),
        _number(row["epochs"]),
        _number(row["selected"]),
        *(
            Cell(numbers.plain(row[metric]), {"": row[metric]}, used)
            for metric in metrics
        ),
        Cell(numbers.duration(row["seconds"]), {"": row["seconds"]}),
        Cell(", ".join(str(session.number) for session in sessions)),
        Cell(", ".join(code)),
    )


def _number(value: Any) -> Cell:
    return EMPTY if pd.isna(value) else Cell(str(int(value)), {"": int(value)})


Record = Mapping[str, Any]


def _read(path: Path) -> dict[str, list[Record]]:
    """Table → its rows as `Table.records` makes them, from any machine format."""
    readers = {".csv": _read_csv, ".parquet": _read_parquet, ".json": _read_json}
    if path.suffix not in readers:
        raise UsageError(
            f"{path} is no table that can be checked; allowed:"
            f" {', '.join(f'*{s}' for s in readers)}"
        )
    try:
        return readers[path.suffix](path)
    except FileNotFoundError as error:
        raise UsageError(f"there is no {path}; write it with `sweep report`") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} cannot be read as a table: {error}") from error


def _read_csv(path: Path) -> dict[str, list[Record]]:
    lines = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    header = [delimited.unescape(key) for key in next(lines, [])]
    rows: list[Record] = [
        dict(zip(header, map(delimited.unescape, line), strict=True)) for line in lines
    ]
    return {path.stem: rows}


def _read_parquet(path: Path) -> dict[str, list[Record]]:
    import pyarrow.parquet as pq

    return {path.stem: pq.read_table(path).to_pylist()}


def _read_json(path: Path) -> dict[str, list[Record]]:
    tables_read = orjson.loads(path.read_bytes())["tables"]
    return {
        table["name"]: [
            {
                f"{column['key']}.{part}" if part else column["key"]: value
                for column, cell in zip(table["columns"], row, strict=True)
                for part, value in (
                    cell["values"] | {"trials": " ".join(map(str, cell["trials"]))}
                ).items()
            }
            for row in table["rows"]
        ]
        for table in tables_read
    }


def _differences(where: str, table: Table, found: list[Record]) -> Iterator[str]:
    expected = table.records()
    if len(found) != len(expected):
        yield f"{where}: {len(found)} rows, the log gives {len(expected)}"
    for row, (have, want) in enumerate(zip(found, expected, strict=False), start=1):
        name = next(iter(want.values()))
        for key in dict.fromkeys([*want, *have]):
            if key in ("marks", "notes") and key not in have:
                continue  # JSON keeps notes beside the rows
            if not _equal(have.get(key), want.get(key)):
                trials = want.get(
                    f"{key.rpartition('.')[0] or key}.trials"
                ) or want.get(f"{key}.trials")
                behind = f" (trials {trials})" if trials else ""
                yield (
                    f"{where}: row {row} ({name}), {key}: {have.get(key)!r}, the log"
                    f" gives {want.get(key)!r}{behind}"
                )


def _equal(have: Any, want: Value) -> bool:
    if want is None or want == "" or (isinstance(want, float) and math.isnan(want)):
        return (
            have is None or have == "" or (isinstance(have, float) and math.isnan(have))
        )
    if isinstance(want, bool):
        return have is want or have == ("true" if want else "false")
    if isinstance(want, int | float):
        try:
            return math.isclose(float(have), want, rel_tol=TOLERANCE, abs_tol=1e-12)
        except (TypeError, ValueError):
            return False
    return str(have) == want
