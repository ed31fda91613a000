"""`sweep verify`: everything is recomputed from the log alone, and the end says what
could not be."""

import pytest

from sweep.commands import verification
from sweep.study import Study


@pytest.fixture
def study(finished):
    return Study(finished)


def verify(study):
    said = []
    return verification.verify(study, said.append), said


def test_a_study_as_it_was_has_no_problem_and_every_file_is_counted(study):
    before = sorted(study.folder.rglob("*"))
    problems, said = verify(study)
    assert problems == []
    written = [path for path in (study.folder / "report").rglob("*") if path.is_file()]
    verified = next(line for line in said if line.startswith("verified: "))
    assert f"{len(written)} files of the report" in verified
    assert "10 histories of trials, 10 configurations of trials" in verified
    assert said[-1] == "no problem was found in what was verified"
    assert sorted(study.folder.rglob("*")) == before, "nothing is written"


def test_it_reads_the_log_and_no_cache(study, monkeypatch):
    monkeypatch.setattr("sweep.log.log_cache.load", lambda log: 1 / 0)
    assert verify(study)[0] == []


def test_a_changed_record_is_a_problem_and_nothing_else_is_looked_at(study):
    log = study.folder / "events.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"seed":1', b'"seed":2', 1))
    problems, said = verify(study)
    assert len(problems) == len(said) == 1


def test_bytes_of_an_unfinished_record_are_told_and_no_problem(study):
    with (study.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"seq": 9')
    problems, said = verify(study)
    assert problems == []
    assert any("9 bytes of an incomplete record follow" in line for line in said)


def test_an_edited_copy_of_the_study_file(study):
    (study.folder / "study.yaml").write_text("name: other\n")
    (problem,) = verify(study)[0]
    assert "differs from the study file that the study started with" in problem
