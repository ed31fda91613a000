"""`sweep verify` recomputes every written file from the log alone, and says what it could not verify."""

import os
import random
import shutil
from pathlib import Path

import orjson
import pytest

from sweep.commands import reporting, verification
from sweep.history import opening
from sweep.log.event_log import EventLog
from sweep.report import versions
from sweep.study import Study
from tests.sweep import small

TRAINER = """
import torch

def train(config, run):
    model = torch.nn.Linear(1, 1)
    for epoch in range(run.restore(model=model), config["epochs"]):
        value = config["learning_rate"] * (epoch + 1) / 10 + run.seed / 100
        if run.report(epoch, {"val/f1": value, "test/f1": value / 2}):
            break

train.metrics = ("val/f1", "test/f1")
"""
FORMATS = ("markdown", "html", "latex", "csv", "parquet", "json", "terminal")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished study with its whole report, made once."""
    home = tmp_path_factory.mktemp("home")
    before = Path.cwd()
    os.chdir(home)
    try:
        (home / "own.py").write_text(TRAINER)
        small.write(
            home,
            ("{values: [0.1, 0.2, 0.3]}", "{min: 0.1, max: 0.4}"),
            ("method: grid", "method: random, trials: 3"),
        )
        study = small.run()
        evidence = reporting.gather(study)
        reporting.write(study, evidence, formats=FORMATS)
        yield (home / study.folder).resolve()
    finally:
        os.chdir(before)


@pytest.fixture
def study(finished, tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(finished, folder, symlinks=True)
    return Study(folder)


def verify(study):
    said = []
    problems = verification.verify(study, said.append)
    return problems, said


def test_a_study_as_it_was_has_no_problem_and_every_file_is_counted(study):
    before = sorted(study.folder.rglob("*"))
    problems, said = verify(study)
    assert problems == []
    written = [path for path in (study.folder / "report").rglob("*") if path.is_file()]
    verified = next(line for line in said if line.startswith("verified: "))
    assert f"{len(written)} files of the report" in verified
    assert "7 histories of trials, 7 configurations of trials" in verified
    assert said[-1] == "no problem was found in what was verified"
    assert sorted(study.folder.rglob("*")) == before, "nothing is written"


def test_one_changed_byte_in_any_file_of_the_report_is_found(study):
    draw = random.Random(0)
    for path in sorted((study.folder / "report").rglob("*")):
        if not path.is_file():
            continue
        whole = path.read_bytes()
        changed = bytearray(whole)
        changed[draw.randrange(len(whole))] ^= 1
        path.write_bytes(changed)
    problems, _ = verify(study)
    written = [path for path in (study.folder / "report").rglob("*") if path.is_file()]
    named = {line.split(":")[0].removeprefix("report/") for line in problems}
    assert named == {path.relative_to(study.folder / "report").as_posix() for path in written}


@pytest.mark.parametrize("name", ["report.md", "report.html", "ablation.tex", "ablation.csv"])
def test_an_edited_number_is_shown_beside_what_the_log_gives(study, name):
    path = study.folder / "report" / name
    text = path.read_text()
    at = text.index("0.0")
    path.write_text(text[:at] + "9.9" + text[at + 3 :])
    (problem,) = verify(study)[0]
    assert "9.9" in problem
    assert "the log gives" in problem


def test_a_missing_file_is_named(study):
    for name in ("report.md", "figures/forest.pdf"):
        (study.folder / "report" / name).unlink()
    problems, _ = verify(study)
    assert [line.split(";")[0] for line in problems] == [
        "report/figures/forest.pdf: is missing",
        "report/report.md: is missing",
    ]


def test_a_whole_report_that_was_deleted_is_missed(study):
    shutil.rmtree(study.folder / "report")
    problems, _ = verify(study)
    assert len(problems) > 10
    assert all("is missing" in line for line in problems)


def test_a_file_of_nobody_is_not_verified_and_said_to_be_so(study):
    (study.folder / "report" / "mine.txt").write_text("notes")
    problems, said = verify(study)
    assert problems == []
    assert (
        "not verified: 1 files of the report: the log tells of no report that they are part of"
        in said
    )


def test_files_written_by_other_versions_are_not_comparable_and_never_called_altered(
    study, monkeypatch
):
    here = dict(versions.versions())
    monkeypatch.setattr(versions, "versions", lambda: {**here, "matplotlib": "99.0"})
    monkeypatch.setattr(
        "sweep.report.files.contents", lambda *_: {"report.md": b"drawn by another version"}
    )
    problems, said = verify(study)
    assert problems == []
    (line,) = [line for line in said if "not comparable" in line]
    assert f"written with matplotlib {here['matplotlib']}, here 99.0" in line


def test_a_file_changed_since_is_found_also_where_versions_are_others(study, monkeypatch):
    here = dict(versions.versions())
    monkeypatch.setattr(versions, "versions", lambda: {**here, "scipy": "99.0"})
    path = study.folder / "report/report.md"
    path.write_bytes(path.read_bytes() + b"\nand more\n")
    (problem,) = verify(study)[0]
    assert problem.startswith("report/report.md: is not the file written ")


def test_a_report_is_compared_with_the_log_as_it_was_when_it_was_written(study):
    log, _ = opening.resumed(study.folder)
    with log:
        log.append({"event": "notice", "message": "a caveat that came later", "trial": None})
    assert verify(Study(study.folder))[0] == []


def test_the_options_of_a_report_are_recorded_with_it(study):
    again = Study(study.folder)
    evidence = reporting.gather(again, metrics=["val/f1"], draw=False)
    reporting.write(again, evidence, formats=["csv"], tables=["ablation"], draw=False)
    assert verify(Study(study.folder))[0] == []


def test_the_same_report_again_adds_nothing_to_the_log(study):
    before = (study.folder / "events.jsonl").read_bytes()
    again = Study(study.folder)
    reporting.write(again, reporting.gather(again), formats=FORMATS)
    assert (study.folder / "events.jsonl").read_bytes() == before


def test_a_report_of_which_the_log_says_nothing_is_compared_with_the_usual_one(study):
    lines = (study.folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (study.folder / "events.jsonl").write_bytes(b"".join(lines[:-1]))
    shutil.rmtree(study.folder / "report/figures")
    for name in ("report.html", "report.txt"):
        (study.folder / "report" / name).unlink()
    assert verify(study)[0] == []
    path = study.folder / "report/report.md"
    path.write_text(path.read_text().replace("0.0", "0.9"))
    (problem,) = verify(study)[0]
    assert "does not say how this one was written" in problem


class TestFilesOfTrials:
    def one(self, study, pattern):
        return sorted((study.folder / "trials").glob(pattern))[0]

    def test_a_deleted_checkpoint(self, study):
        latest = self.one(study, "*/checkpoints/latest.pt").resolve()
        latest.unlink()
        (problem,) = verify(study)[0]
        assert problem.endswith(f"{latest.name}: is missing, nor is there a later one")

    def test_a_replaced_checkpoint(self, study):
        path = self.one(study, "*/checkpoints/epoch-*.pt")
        path.write_bytes(path.read_bytes() + b"\0")
        (problem,) = verify(study)[0]
        assert f"{path}: SHA-256" in problem

    def test_a_checkpoint_of_which_the_log_knows_nothing_is_not_verified(self, study):
        path = self.one(study, "*/checkpoints/epoch-*.pt")
        shutil.copy(path, path.with_name("epoch-00099.pt"))
        problems, said = verify(study)
        assert problems == []
        assert "not verified: 1 checkpoints: the log has no hash of them" in said

    @pytest.mark.parametrize("name", ["history.jsonl", "config.json"])
    def test_a_deleted_file(self, study, name):
        path = self.one(study, f"*/{name}")
        path.unlink()
        assert verify(study)[0] == [f"{path}: is missing"]

    def test_a_replaced_history(self, study):
        path = self.one(study, "*/history.jsonl")
        lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
        lines[1]["val/f1"] += 0.1
        path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        assert verify(study)[0] == [f"{path}: line 2 is not what the log says (val/f1)"]
        path.write_bytes(orjson.dumps(lines[0]) + b"\n")
        assert verify(study)[0] == [f"{path}: has 1 epochs, the log 3"]
        path.write_bytes(b"\xff\xfe not JSON")
        assert verify(study)[0] == [f"{path}: is not JSON, line by line"]

    @pytest.mark.parametrize("content", [b"[]", b"null", b"{}", b"\xff"])
    def test_a_replaced_configuration(self, study, content):
        path = self.one(study, "*/config.json")
        path.write_bytes(content)
        (problem,) = verify(study)[0]
        assert problem.startswith(f"{path}: is not ")

    def test_another_seed_in_a_configuration(self, study):
        path = self.one(study, "*/config.json")
        path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "seed": 99}))
        assert verify(study)[0] == [f"{path}: is not what the log says (seed)"]

    def test_an_edited_copy_of_the_study_file(self, study):
        (study.folder / "study.yaml").write_text("name: other\n")
        (problem,) = verify(study)[0]
        assert "is not the study file that the study began with" in problem


def test_it_reads_the_log_and_no_cache(study, monkeypatch):
    monkeypatch.setattr("sweep.log.log_cache.load", lambda log: 1 / 0)
    assert verify(study)[0] == []


def test_a_study_that_is_being_written_is_verified_and_its_report_is_not_recorded(study):
    with EventLog(study.folder / "events.jsonl") as log:
        count = log.count
        again = Study(study.folder)
        reporting.write(
            again, reporting.gather(again, draw=False), formats=["markdown"], draw=False
        )
        assert verify(again)[0] == []
    assert EventLog(study.folder / "events.jsonl").count == count


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
