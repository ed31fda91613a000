"""Parquet: types and notes are kept."""

import io

import orjson
import pyarrow.parquet as pq

from sweep.report.formats import FORMATS
from tests.sweep.report.formats.hostile import document


class TestParquet:
    def test_types_and_notes_are_kept(self):
        read = pq.read_table(
            io.BytesIO(
                FORMATS["parquet"].render(document(["a", "b"]))["hostile.parquet"]
            )
        )
        assert [str(read.schema.field(c).type) for c in ("name", "=f1.mean", "on", "detail")] == [
            "string", "double", "bool", "int64",
        ]  # fmt: skip
        assert orjson.loads(read.schema.metadata[b"notes"])[0] == {
            "mark": "a",
            "text": "a",
            "trials": [],
        }
