"""Is what a study says still what happened? Log, checkpoints, tables."""

import pytest

from sweep.commands.verification import verify
from sweep.study import Study


@pytest.fixture
def study(finished):
    return Study(finished)


def said(study):
    """The problems, and every line that was said."""
    lines = []
    return verify(study, lines.append), lines


def test_a_study_as_it_was_left_has_no_problem_and_says_what_was_looked_at(study):
    problems, lines = said(study)
    assert problems == []
    assert [line.partition(":")[0] for line in lines] == ["log", "checkpoints", "tables"]


def test_a_record_that_was_changed_is_a_problem_and_nothing_else_is_looked_at(study):
    log = study.folder / "events.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"seed":1', b'"seed":2', 1))
    problems, lines = said(study)
    assert len(problems) == len(lines) == 1


def test_a_cell_that_does_not_follow_from_the_log_is_named_with_its_file(study):
    table = study.folder / "report" / "search.csv"
    text = table.read_text(encoding="utf-8")
    value = text.splitlines()[1].split(",")[2]
    table.write_text(text.replace(value, "0.999"), encoding="utf-8")
    (problem,) = said(study)[0]
    assert "search.csv" in problem
    assert "0.999" in problem


def test_bytes_of_a_record_that_was_never_finished_are_told_and_no_problem(study):
    with (study.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"seq": 9')
    problems, lines = said(study)
    assert problems == []
    assert "9 bytes of an incomplete record follow" in lines[0]
