"""Where the decimal point of a cell's text is."""

import pytest

from sweep.report.formats.decimal_point import aligned_columns, split
from sweep.report.table import Cell, Column, Table


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("0.712 ± 0.013", ("0", ".712 ± 0.013")),
        ("−0.02 [−0.06, +0.02]", ("−0", ".02 [−0.06, +0.02]")),
        ("<0.001", ("<0", ".001")),
        ("(1.2 ± 0.1)e9", ("(1", ".2 ± 0.1)e9")),
        ("8", ("8", "")),
        ("7.76 s", ("7", ".76 s")),
        ("= baseline", None),
        ("–", None),
        ("", None),
    ],
)
def test_a_number_is_cut_at_its_point(text, parts):
    assert split(text) == parts


def test_columns_of_whole_numbers_and_of_texts_need_no_alignment():
    columns = (Column("a", "A", "left"), Column("b", "B"), Column("c", "C"))
    rows = ((Cell("0.5"), Cell("8"), Cell("0.5")),)
    assert aligned_columns(Table("t", "T", columns, rows)) == {2}
