"""The table model: records for programs, marks for notes."""

import pytest

from sweep.report.table import EMPTY, Cell, Column, Note, Notes, Table


def test_marks_are_letters_and_the_same_note_has_one_mark():
    notes = Notes()
    marks = [notes.mark(f"note {i}") for i in range(28)]
    assert marks[:3] == ["a", "b", "c"]
    assert marks[25:] == ["z", "aa", "ab"]
    assert notes.mark("note 1") == "b"


def test_general_notes_come_behind_marked_ones_once():
    notes = Notes()
    notes.add("general")
    notes.add("general")
    notes.mark("marked", [3])
    assert notes.all() == (Note("a", "marked", (3,)), Note("", "general"))


def test_records_hold_every_part_the_trials_and_the_caveats_of_each_row():
    table = Table(
        "t",
        "T",
        (
            Column("arm", "Arm", "left"),
            Column("f1", "F1"),
            Column("more", "More", detail=True),
        ),
        (
            (
                Cell("a", {"": "a"}, marks=("a",)),
                Cell("0.7 ± 0.1", {"mean": 0.71, "sd": 0.1}, (3, 4)),
                EMPTY,
            ),
            (Cell("b", {"": "b"}), EMPTY, Cell("x", {"": "x"})),
        ),
        (Note("a", "seed 5 is missing", (9,)), Note("", "read at the best epoch")),
    )
    assert table.records() == [
        {"arm": "a", "f1.mean": 0.71, "f1.sd": 0.1, "f1.trials": "3 4", "more": None,
         "marks": "seed 5 is missing", "notes": "read at the best epoch"},
        {"arm": "b", "f1.mean": None, "f1.sd": None, "f1.trials": "", "more": "x",
         "marks": "", "notes": "read at the best epoch"},
    ]  # fmt: skip
    assert table.shown() == [0, 1]


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="row 0 has 1 cells for 2 columns"):
        Table("t", "T", (Column("a", "A"), Column("b", "B")), ((EMPTY,),))
