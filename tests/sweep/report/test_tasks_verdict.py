"""Verdicts in the table over tasks."""

import pytest

from sweep.report import build_tables, gather, show
from sweep.report.task_evidence import over_tasks
from sweep.report.tasks_verdict import opposite_signs, verdicts_over_tasks
from tests.sweep.report.rows import by_row
from tests.sweep.session.over_tasks import FIXED, TASKS, reported


@pytest.fixture
def evidence(bench, workers):
    def of(text):
        return gather(bench(text).run(workers(misbehave=reported)))

    return of


def table(evidence):
    (found,) = build_tables(evidence, ["tasks"])
    return found


def notes(found):
    return " | ".join(note.text for note in found.notes)


def test_a_verdict_is_read_off_the_printed_interval(evidence):
    rows = by_row(table(evidence(FIXED)))
    for arm in ("better", "worse", "alike", "unclear"):
        change, verdict = rows[arm]["change"].values, rows[arm]["verdict"].values
        assert (verdict["low"], verdict["high"]) == (change["low"], change["high"])
    assert rows["better"]["verdict"].text == "helps"
    assert rows["baseline"]["verdict"].text == ""


def test_a_sentence_for_a_paper_names_the_tasks(evidence):
    text = notes(table(evidence(FIXED)))
    assert "For a paper: On 2 tasks and 6 seeds, better helps val/f1 by " in text
    assert "opposite helps by less than 10 % of the baseline's mean on average " in text
    assert "(better on 1 and worse on 1 of 2 tasks)" in text
    assert "alike makes no difference beyond 10 % of the baseline's mean" in text


def test_without_a_margin_there_is_no_column(evidence):
    found = evidence(FIXED.replace('  margin: "10 %"\n', ""))
    assert verdicts_over_tasks(found, over_tasks(found)) == {}
    assert "verdict" not in by_row(table(found))["better"]


def test_looks_have_a_repeated_interval_over_tasks_and_none_on_one(evidence):
    found = table(evidence(TASKS))
    row = by_row(found)["better"]
    assert row["change"].values["low"] > 0
    assert row["look"].text == "5 seeds"
    assert "low" not in row["small.change"].values
    assert "p" not in row
    assert "repeated confidence intervals" in notes(found)
    assert "hold together with" not in notes(found)


def test_looks_leave_no_interval_in_the_tables_of_a_task(evidence):
    there = evidence(TASKS)
    for found in build_tables(there, ["ablation"]):
        assert not [column.key for column in found.columns if "change" in column.key]
        assert not [column.key for column in found.columns if "look" in column.key]
    show(there)


def test_opposite_changes_are_named_beside_a_look(evidence):
    there = evidence(TASKS)
    over = over_tasks(there)
    assert opposite_signs(over, "opposite").startswith(
        "Better on small and worse on large"
    )
    assert opposite_signs(over, "better") == ""
    assert by_row(table(there))["opposite"]["change"].marks
    hidden = by_row(table(there))["opposite"]["verdict"].text
    assert hidden.endswith("on average: better on 1 and worse on 1 of 2 tasks")


def test_the_sentence_names_the_claim_on_similar_tasks(on_tasks_of):
    like = on_tasks_of(list("abcde"), ", tasks: like_these", margin='"5 %"')
    assert "For a paper: On tasks like these (5 tasks and 6 seeds), " in notes(
        table(like)
    )


def test_a_single_task_gives_no_table_over_tasks(evidence):
    assert (
        build_tables(evidence(FIXED.replace("[small, large]", "[small]")), ["tasks"])
        == ()
    )
