"""Numbers and their intervals in a browser: they line up on one line and on two."""

from sweep.report.formats.html_numbers import number, padding
from sweep.report.table import Cell, Column, Table


def column(*texts):
    return Table(
        "t", "T", (Column("f1", "f1"),), tuple((Cell(text),) for text in texts)
    )


def test_numbers_and_intervals_are_padded_to_align():
    found = padding(column("−0.012 [−0.031, +0.007]", "+0.3 [−0.8, +1.2]"), 0)
    assert found["−0.012 [−0.031, +0.007]"] == ("", "")
    assert found["+0.3 [−0.8, +1.2]"] == ("00", "0000")
    text = number("+0.3 [−0.8, +1.2]", ("00", "0000"))
    assert text == (
        '<span data-pad="00">+0.3</span> <span data-before="0000">[−0.8,\u00a0+1.2]</span>'
    )


def test_a_number_without_an_interval_lacks_one_too():
    behind, before = padding(column("0.50 [0.10, 0.90]", "0.5"), 0)["0.5"]
    assert behind.startswith("0 [")
    assert before == ""


def test_whole_numbers_and_texts_are_left_as_they_are():
    assert padding(column("3", "12"), 0) == {}
    assert number("undecided") == "undecided"


def test_nothing_hostile_is_markup():
    assert "<b>" not in number("1.0 [<b>, 2]", ("<i>", "<i>"))
    assert "<i>" not in number("1.0 [<b>, 2]", ("<i>", "<i>"))
