"""What describes the arms over tasks, and decides nothing."""

import pytest

from sweep.report import build_tables, gather
from tests.sweep.report.rows import by_row


def table(evidence):
    (found,) = build_tables(evidence, ["tasks_description"])
    return found


def test_the_middle_of_the_runs_and_the_share_of_runs_that_are_better(on_tasks_of):
    rows = by_row(table(on_tasks_of(["a", "b"], ", scale: one")))
    assert rows["good"]["improvement"].values[""] == 1.0
    assert rows["mixed"]["improvement"].values[""] == pytest.approx(0.5, abs=0.1)
    assert rows["baseline"]["improvement"].text == ""
    assert rows["good"]["iqm"].values[""] == pytest.approx(0.7, abs=0.02)


def test_scores_of_different_scales_are_those_relative_to_the_first_arm(on_tasks_of):
    rows = by_row(
        table(on_tasks_of(["a", "b"], size=lambda task: 1.0 if task == "a" else 100.0))
    )
    assert rows["baseline"]["iqm"].values[""] == pytest.approx(1.0, abs=0.02)
    assert rows["good"]["iqm"].values[""] == pytest.approx(7 / 6, abs=0.03)


def test_a_note_says_that_the_description_supports_no_verdict(on_tasks_of):
    notes = [note.text for note in table(on_tasks_of(["a", "b"])).notes]
    assert any("support no verdict" in text for text in notes)


def test_a_study_without_tasks_has_no_such_table(ladder):
    assert build_tables(gather(ladder), ["tasks_description"]) == ()
