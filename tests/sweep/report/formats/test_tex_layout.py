"""A LaTeX table in one column, across the page, or in blocks and parts: never scaled."""

from sweep.report.formats.tex_layout import ROWS, fit, parts
from sweep.report.table import Cell, Column, Table


def table(columns, rows=3, text="0.712 ± 0.013"):
    names = (
        Column("arm", "Arm", "left"),
        *(Column(f"c{i}", f"m {i}") for i in range(columns)),
    )
    cells = tuple(
        (Cell("baseline"), *(Cell(text) for _ in range(columns))) for _ in range(rows)
    )
    return Table("t", "T", names, cells)


def test_a_narrow_table_keeps_to_its_column_in_the_largest_font():
    fitted = fit(table(2), "two_columns")
    assert (fitted.wide, fitted.size, fitted.blocks) == (False, 9, ((0, 1, 2),))


def test_a_wide_table_spans_both_columns():
    assert fit(table(5), "two_columns").wide
    assert not fit(table(4), "one_column").wide  # the page has one column


def test_a_table_wider_than_the_page_is_split_and_repeats_its_first_column():
    blocks = fit(table(14), "two_columns").blocks
    assert len(blocks) > 1
    assert all(block[0] == 0 for block in blocks)
    assert sorted(i for block in blocks for i in block[1:]) == list(range(1, 15))


def test_a_long_table_is_split_by_rows():
    long = table(2, rows=100)
    found = parts(long, fit(long, "two_columns"))
    assert [len(rows) for rows in found] == [ROWS, ROWS, 100 - 2 * ROWS]


def test_long_texts_are_wrapped():
    columns = (Column("what", "What", "left"), Column("value", "Value", "left"))
    wordy = Table("t", "T", columns, ((Cell("Settings"), Cell("word " * 60)),))
    assert 200 < fit(wordy, "two_columns").wrapped[1] < 469


def test_a_long_heading_is_set_on_lines_and_an_arrow_stays_with_its_metric():
    columns = (Column("a", "test/balanced_accuracy ↑"),)
    fitted = fit(Table("t", "T", columns, ((Cell("0.71 ± 0.01"),),)), "two_columns")
    assert fitted.headings[0] == ["test/", "balanced_", "accuracy ↑"]
