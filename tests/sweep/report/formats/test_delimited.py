"""CSV: no cell starts a formula, numbers are full."""

import csv
import io

import pytest

from sweep.report.formats import FORMATS, delimited
from sweep.report.table import Cell, Column, Table
from tests.sweep.report.formats.hostile import document


class TestCsv:
    @pytest.mark.parametrize(
        "name", ["=1+1", "+ focal", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", "'x"]
    )
    def test_no_cell_starts_a_formula(self, name):
        assert delimited.escape(name).startswith("'")
        assert delimited.unescape(delimited.escape(name)) == name

    def test_headers_are_guarded_too_and_numbers_are_full_and_unguarded(self):
        text = FORMATS["csv"].render(document(["a", "b"]))["hostile.csv"].decode()
        header, first, *_ = csv.reader(io.StringIO(text, newline=""))
        row = dict(zip(header, first, strict=True))
        assert row["'=f1.mean"] == "0.7123456789012345"
        negative = Table("n", "N", (Column("x", "X"),), ((Cell("−1", {"": -1.5}),),))
        assert "\r\n-1.5," in delimited.table_text(negative)
