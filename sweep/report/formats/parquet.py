"""Parquet, one file per table: the same columns as CSV, with their types.

Title and notes are in the file's metadata.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from sweep.report.table import Document, Table, Value


def render(document: Document) -> Mapping[str, bytes]:
    """`<table>.parquet` for every table."""
    files = {}
    for table in document.tables:
        file_name = f"{table.name}.parquet"
        files[file_name] = table_bytes(table)
    return files


def table_bytes(table: Table) -> bytes:
    """One table; a column that mixes numbers and texts is written as text."""
    records = table.records()
    columns = {}
    for name in table.keys(records):
        values = [record[name] for record in records]
        columns[name] = _array(values)
    with_metadata = pa.table(columns).replace_schema_metadata(_metadata(table))
    out = io.BytesIO()
    pq.write_table(with_metadata, out)
    return out.getvalue()


def _metadata(table: Table) -> dict[str, bytes]:
    """The title and the notes (as JSON) of a table."""
    notes = []
    for note in table.notes:
        fields = {"mark": note.mark, "text": note.text, "trials": note.trials}
        notes.append(fields)
    return {"title": table.title.encode(), "notes": orjson.dumps(notes)}


def _array(values: list[Value]) -> pa.Array:
    """A column's values with their common type; None stays empty."""
    types = {type(value) for value in values if value is not None}
    if not types:
        return pa.array(values, pa.string())
    if float in types and types <= {int, float}:
        floats = [None if value is None else float(value) for value in values]
        return pa.array(floats, pa.float64())
    if len(types) > 1:
        texts = [None if value is None else str(value) for value in values]
        return pa.array(texts, pa.string())
    return pa.array(values)
