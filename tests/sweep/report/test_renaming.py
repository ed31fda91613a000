"""What a study file calls its metrics and arms is what people read; programs keep the
log's names."""

from sweep.report import build_tables, gather
from sweep.report.layout import Layout
from sweep.report.renaming import renamed
from sweep.report.table import Cell, Column, Table

NAMES = {"test/f1": "F-score", "+ focal": "Focal loss", "f1": "other"}
TABLE = Table(
    "t",
    "test/f1 by arm",
    (
        Column("arm", "Arm"),
        Column("test/f1.change", "Δ test/f1 [95% CI]"),
        Column("x", "test/f10"),
    ),
    (
        (Cell("+ focal", {"": "+ focal"}), Cell("0.1"), Cell("a + focal b")),
        (Cell("= + focal"), Cell("0.2"), Cell("")),
    ),
)


def test_titles_and_arms_are_renamed_and_values_are_not():
    table = renamed(TABLE, NAMES)
    assert table.title == "F-score by arm"
    assert [column.title for column in table.columns] == [
        "Arm",
        "Δ F-score [95% CI]",
        "test/f10",
    ]
    assert [column.key for column in table.columns] == [
        column.key for column in TABLE.columns
    ]
    assert [row[0].text for row in table.rows] == ["Focal loss", "= Focal loss"]
    assert table.rows[0][0].values == {"": "+ focal"}
    assert table.rows[0][2].text == "a + focal b"  # part of another text


def test_a_note_says_which_name_stands_for_what():
    assert [note.text for note in renamed(TABLE, NAMES).notes] == [
        "Names: F-score is test/f1; Focal loss is + focal"
    ]
    assert renamed(TABLE, {"elsewhere": "x"}) is TABLE


def test_every_table_of_a_report_is_renamed(ladder):
    evidence = gather(ladder, layout=Layout(names={"test/f1": "F-score"}))
    (table,) = build_tables(evidence, ["ablation"])
    assert "F-score ↑" in [column.title for column in table.columns]
    assert not any("test/f1" in column.title for column in table.columns)
