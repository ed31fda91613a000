"""Blocks of columns: nothing of a table lies outside a window of 1000 pixels."""

import pytest

from sweep.report.formats import FORMATS
from sweep.report.formats.html_layout import ROOM, blocks, width
from sweep.report.table import Cell, Column, Document, Table


def table(metrics, arms=2):
    columns = [Column("arm", "Arm", "left")]
    columns += [Column(f"m{i}", f"Δ test/metric_{i} [95% CI]") for i in range(metrics)]
    columns.append(Column("design", "Design", "left", detail=True))
    rows = [
        (
            Cell(f"+ arm {arm}"),
            *[Cell("−0.012 [−0.031, +0.007]")] * metrics,
            Cell("ladder"),
        )
        for arm in range(arms)
    ]
    return Table("t", "T", tuple(columns), tuple(rows))


@pytest.mark.parametrize("metrics", [1, 3, 7, 20])
def test_every_block_fits_and_every_shown_column_is_in_one(metrics):
    made = table(metrics)
    found = blocks(made)
    assert all(sum(width(made, index) for index in block) <= ROOM for block in found)
    assert [index for block in found for index in block[1:]] == made.shown()[1:]
    assert {block[0] for block in found} == {0}, "the arm stands in front of each"


def test_a_narrow_table_is_one_block():
    assert blocks(table(3)) == [[0, 1, 2, 3]]


def test_the_page_has_a_table_for_each_block():
    made = table(20)
    page = FORMATS["html"].render(Document("s", (), (made,)))["report.html"].decode()
    assert page.count("<table>") == len(blocks(made)) > 1
    assert page.count("+\u00a0arm 1") == len(blocks(made))


def test_a_column_wider_than_the_window_is_not_left_out():
    wide = Table(
        "t",
        "T",
        (Column("a", "A", "left"), Column("b", "B")),
        ((Cell("x"), Cell("9" * 999)),),
    )
    assert blocks(wide) == [[0, 1]]
