"""CSV, parquet and JSON lines with a row for each run or epoch, and exports of W&B and MLflow."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from sweep.errors import UsageError
from sweep.imported.readers.protocol import Reader
from sweep.imported.readers.wandb_exports import from_export
from sweep.imported.table import RUN, STATE, Table

_DECIMAL_COMMA = r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?"
_PERCENT = r"[+-]?\d+(?:\.\d+)?\s?%"
_MLFLOW = {"params.": "parameters", "metrics.": "metrics"}
_MLFLOW_ENDS = {"FINISHED": "complete", "FAILED": "failed", "KILLED": "failed"}


def _csv(path: Path) -> Table:
    """Read a CSV file, which may be an export of MLflow or W&B."""
    frame = _guarded(path, lambda: _read_csv(path))
    if any(name.startswith("metrics.") for name in frame.columns):
        return _mlflow_export(frame)
    return from_export(frame, path) or Table(frame)


def _read_csv(path: Path) -> pd.DataFrame:
    """Read CSV with commas, tabs or semicolons; the latter two also with decimal commas."""
    text = _without_comments(_text(path))
    header = text.partition("\n")[0]
    separator = max((",", ";", "\t"), key=header.count)
    _check_header(path, header, separator)
    frame = _parsed(text, separator, ".")
    if separator == ",":
        return frame
    texts = frame.select_dtypes(exclude="number")
    if any(_has_decimal_commas(texts[name]) for name in texts.columns):
        return _parsed(text, separator, ",")
    return frame


def _without_comments(text: str) -> str:
    """Return the text without leading lines that begin with `# `, which some exports have."""
    lines = text.splitlines(keepends=True)
    while lines and lines[0].startswith("# "):
        lines.pop(0)
    return "".join(lines)


def _without_percent_signs(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert `81.2%` to 81.2 in columns whose values are all percentages."""
    for name in frame.select_dtypes(exclude="number").columns:
        present = frame[name].dropna().map(str)
        if len(present) and present.str.fullmatch(_PERCENT).all():
            frame[name] = frame[name].str.rstrip("% ").astype(float)
    return frame


def _parsed(text: str, separator: str, decimal: str) -> pd.DataFrame:
    """Return the rows without the unnamed empty columns that spreadsheets leave."""
    frame = pd.read_csv(
        io.StringIO(text), sep=separator, skipinitialspace=True, decimal=decimal
    )
    frame.columns = [str(name).strip() for name in frame.columns]
    unnamed = [name for name in frame.columns if name.startswith("Unnamed: ")]
    empty = [name for name in unnamed if frame[name].isna().all()]
    rows = frame.drop(columns=empty).dropna(how="all")
    return _without_percent_signs(rows)


def _check_header(path: Path, header: str, separator: str) -> None:
    """Raise `UsageError` for two columns of one name; pandas would rename one to `acc.1`."""
    fields = next(csv.reader([header], delimiter=separator))
    counts = Counter(field.strip() for field in fields)
    repeated = [name for name in sorted(counts) if name and counts[name] > 1]
    if repeated:
        raise UsageError(
            f"{path}, line 1: {', '.join(repeated)} names several columns; rename all but one"
        )


def _has_decimal_commas(values: pd.Series[Any]) -> bool:
    """Return whether all values are numbers with a decimal comma."""
    present = values.dropna().map(str)
    return not present.empty and bool(present.str.fullmatch(_DECIMAL_COMMA).all())


def _mlflow_export(frame: pd.DataFrame) -> Table:
    """Return the runs of `mlflow.search_runs().to_csv()`.

    Its columns are `params.lr`, `metrics.acc`, `status` and the like.
    """
    kinds: dict[str, list[str]] = {"parameters": [], "metrics": []}
    renamed: dict[str, str] = {"run_id": RUN}
    for column in frame.columns:
        for prefix, kind in _MLFLOW.items():
            if column.startswith(prefix):
                renamed[column] = column.removeprefix(prefix)
                kinds[kind].append(renamed[column])
    if "tags.mlflow.runName" in frame.columns:
        renamed["tags.mlflow.runName"] = "name"
    rows = frame.rename(columns=renamed)
    if "status" in rows.columns:
        rows[STATE] = rows["status"].map(_MLFLOW_ENDS).fillna("failed")
    kept = [RUN, STATE, "name", *kinds["parameters"], *kinds["metrics"]]
    present = [column for column in kept if column in rows.columns]
    return Table(rows[present], tuple(kinds["parameters"]), tuple(kinds["metrics"]))


def _parquet(path: Path) -> Table:
    """Read a parquet file; a named index, such as the seed, becomes columns."""
    frame = _guarded(path, lambda: pd.read_parquet(path))
    is_named = any(name is not None for name in frame.index.names)
    if is_named:
        frame = frame.reset_index()
    return Table(frame)


def _json_lines(path: Path) -> Table:
    """Read JSON lines; nested keys are joined with a dot."""
    records: list[dict[str, Any]] = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            raise UsageError(
                f"{path}, line {number}: {line.strip()[:80]!r} is not a JSON object"
            )
        records.append(record)
    return Table(pd.json_normalize(records, sep="."))


def _text(path: Path) -> str:
    """Return the text of a file, which may be compressed and may begin with a byte order mark.

    Raises:
        UsageError: the file is neither UTF-8 nor UTF-16 with a mark, or a damaged `.gz`.
    """
    try:
        data = path.read_bytes()
        content = gzip.decompress(data) if path.suffix == ".gz" else data
        is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 (byte {error.start} is {error.object[error.start]:#04x}). "
            f"Convert it, such as with: iconv -f WINDOWS-1252 -t UTF-8 {path.name} > utf8.csv"
        ) from error
    except (OSError, EOFError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _guarded(path: Path, read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return what `read` returns; raise `UsageError` if the file is damaged."""
    try:
        return read()
    except (ValueError, OSError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _ends_in(*suffixes: str) -> Callable[[Path], bool]:
    """Return a function that says whether a file's name ends with one of the suffixes."""
    return lambda path: path.is_file() and path.name.lower().endswith(suffixes)


CSV = Reader(
    "CSV with a header (.csv, .tsv)",
    _ends_in(".csv", ".tsv", ".csv.gz", ".tsv.gz"),
    _csv,
)
PARQUET = Reader("parquet (.parquet)", _ends_in(".parquet", ".pq"), _parquet)
JSON_LINES = Reader(
    "JSON lines (.jsonl)", _ends_in(".jsonl", ".ndjson", ".jsonl.gz"), _json_lines
)
