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
    return {f"{table.name}.parquet": table_bytes(table) for table in document.tables}


def table_bytes(table: Table) -> bytes:
    """One table; a column that mixes numbers and texts is written as text."""
    records = table.records()
    columns = {}
    for name in table.keys(records):
        columns[name] = _array([record[name] for record in records])
    notes = [{"mark": n.mark, "text": n.text, "trials": n.trials} for n in table.notes]
    metadata = {"title": table.title.encode(), "notes": orjson.dumps(notes)}
    out = io.BytesIO()
    pq.write_table(pa.table(columns).replace_schema_metadata(metadata), out)
    return out.getvalue()


def _array(values: list[Value]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} and float in kinds:
        floats = [None if value is None else float(value) for value in values]
        return pa.array(floats, pa.float64())
    if len(kinds) > 1:
        texts = [None if value is None else str(value) for value in values]
        return pa.array(texts, pa.string())
    return pa.array(values, pa.string() if not kinds else None)
