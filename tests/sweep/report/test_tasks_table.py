"""The tables over tasks, from a log with known values."""

from dataclasses import replace

import pytest

from sweep.report import build_tables, gather
from tests.sweep.report import task_study
from tests.sweep.report.rows import by_row


def table(evidence):
    (found,) = build_tables(evidence, ["tasks"])
    return found


def test_the_table_has_a_column_for_each_task_and_the_change_over_all(on_tasks_of):
    rows = by_row(table(on_tasks_of(["a", "b"], ", scale: one")))
    assert list(rows) == ["baseline", "good", "mixed"]
    assert rows["good"]["change"].values["mean"] == pytest.approx(0.1, abs=0.01)
    for task in "ab":
        change = rows["good"][f"{task}.change"].values
        assert change["low"] < 0.1 < change["high"]
        assert change["n"] == 6
    assert rows["good"]["wins"].text == "2/0/0"
    assert rows["good"]["rank"].values[""] == 1.0
    assert rows["baseline"]["rank"].values[""] == 2.5


def test_opposite_changes_are_never_averaged_without_saying_so(on_tasks_of):
    found = table(on_tasks_of(["a", "b"], ", scale: one"))
    (mark,) = by_row(found)["mixed"]["change"].marks
    (note,) = [note.text for note in found.notes if note.mark == mark]
    assert note.startswith(
        "Better on a and worse on b, beyond the seeds' noise on both sides"
    )


def test_tasks_of_another_scale_are_compared_by_relative_changes(on_tasks_of):
    found = table(
        on_tasks_of(["a", "b"], size=lambda task: 1.0 if task == "a" else 100.0)
    )
    change = by_row(found)["good"]["change"]
    assert change.values["relative"] is True
    assert change.values["mean"] == pytest.approx(1 / 6, abs=0.03)
    assert change.text.endswith(" %")


def test_an_arm_that_lacks_a_task_has_no_change_over_tasks(on_tasks_of):
    found = table(on_tasks_of(["a", "b"], ", scale: one", without=("good @ b",)))
    good = by_row(found)["good"]
    assert good["change"].text == "–"
    assert good["rank"].text == "–"
    assert any(
        "good: no change over tasks: no pair" in n.text and " b" in n.text
        for n in found.notes
    )


def test_tasks_like_these_are_refused_below_five_and_warned_of_below_ten(on_tasks_of):
    few = table(on_tasks_of(["a", "b"], ", scale: one, tasks: like_these"))
    assert by_row(few)["good"]["change"].text == "–"
    assert any("at least 5" in note.text for note in few.notes)


def test_six_tasks_have_a_rank_test(on_tasks_of):
    found = table(on_tasks_of(list("abcdef"), ", scale: one, tasks: like_these"))
    assert by_row(found)["good"]["p"].values[""] == pytest.approx(
        3 / 32
    )  # 2/2⁶, three pairs
    assert any("6 tasks say little" in note.text for note in found.notes)


def test_fewer_than_six_tasks_have_no_rank_test(on_tasks_of):
    found = table(on_tasks_of(list("abcde"), ", scale: one"))
    assert "p" not in [column.key for column in found.columns]


def test_every_other_table_is_made_once_a_task(on_tasks_of):
    found = build_tables(on_tasks_of(["a", "b"]), ["tasks", "ablation", "cost"])
    assert [each.name for each in found] == [
        "tasks",
        "ablation_a",
        "ablation_b",
        "cost",
    ]
    assert list(by_row(found[1])) == ["baseline", "good", "mixed"]


def test_a_study_without_tasks_has_no_such_table(ladder):
    assert build_tables(gather(ladder), ["tasks"]) == ()


def test_a_mean_of_fewer_runs_than_the_title_says_is_marked(study, curve_to, run_all):
    writer = study(task_study.text(["a", "b"], ", scale: one"))

    def curve(arm, seed, _):
        lost = arm.name == "good @ b" and seed < 2
        return None if lost else curve_to(task_study.value(["a", "b"], arm.name, seed))

    run_all(writer, curve)
    found = table(gather(writer.history()))
    (mark,) = by_row(found)["good"]["b.mean"].marks
    assert by_row(found)["good"]["a.mean"].marks == ()
    assert "4 of 6 seeds have a complete run" in [
        n.text for n in found.notes if n.mark == mark
    ]


def test_the_metric_that_chose_the_epochs_is_said_to_be_optimistic(on_tasks_of):
    said = " ".join(note.text for note in table(on_tasks_of(["a", "b"])).notes)
    assert "Selection bias" not in said
    evidence = replace(on_tasks_of(["a", "b"]), metrics=["val/f1"])
    assert any(note.text.startswith("Selection bias") for note in table(evidence).notes)


def test_tasks_that_wins_leave_out_are_named_with_the_reason(on_tasks_of):
    found = table(on_tasks_of(["a", "b", "c"], ", scale: one", without=("good @ b",)))
    cell = by_row(found)["good"]["wins"]
    assert cell.text == "2/0/0"
    assert cell.values["left_out"] == 1
    (mark,) = cell.marks
    (note,) = [note.text for note in found.notes if note.mark == mark]
    assert note == (
        "Wins/ties/losses leave out 1 of 3 tasks, on which no seed has a complete run of both: "
        "b (good: 0, baseline: 6)"
    )


def test_wins_leave_nothing_out_where_every_task_has_pairs(on_tasks_of):
    cell = by_row(table(on_tasks_of(["a", "b"], ", scale: one")))["good"]["wins"]
    assert (cell.values["left_out"], cell.marks) == (0, ())
