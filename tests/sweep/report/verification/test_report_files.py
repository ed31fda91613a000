"""Every written file of a report is made again from the log and compared byte by byte."""

import random
import shutil

import pytest

from sweep.commands import reporting
from sweep.history import opening
from sweep.log.event_log import EventLog
from sweep.report import versions
from sweep.study import Study
from tests.sweep.report.verification.conftest import FORMATS


def test_one_changed_byte_in_any_file_of_the_report_is_found(study, verify):
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
    assert named == {
        path.relative_to(study.folder / "report").as_posix() for path in written
    }


@pytest.mark.parametrize(
    "name", ["report.md", "report.html", "ablation.tex", "ablation.csv"]
)
def test_an_edited_number_is_shown_beside_what_the_log_gives(study, name, verify):
    path = study.folder / "report" / name
    text = path.read_text()
    at = text.index("0.0")
    path.write_text(text[:at] + "9.9" + text[at + 3 :])
    (problem,) = verify(study)[0]
    assert "9.9" in problem
    assert "the log gives" in problem


def test_a_missing_file_is_named(study, verify):
    for name in ("report.md", "figures/forest.pdf"):
        (study.folder / "report" / name).unlink()
    problems, _ = verify(study)
    assert [line.split(";")[0] for line in problems] == [
        "report/figures/forest.pdf: is missing",
        "report/report.md: is missing",
    ]


def test_verify_names_a_deleted_report(study, verify):
    shutil.rmtree(study.folder / "report")
    problems, _ = verify(study)
    assert len(problems) > 10
    assert all("is missing" in line for line in problems)


def test_a_file_that_no_report_wrote_is_listed_as_not_verified(study, verify):
    (study.folder / "report" / "mine.txt").write_text("notes")
    problems, said = verify(study)
    assert problems == []
    assert (
        "not verified: 1 files of the report: the log records no report with them"
        in said
    )


def test_files_written_by_other_versions_are_not_comparable_and_never_called_altered(
    study, monkeypatch, verify
):
    here = dict(versions.versions())
    monkeypatch.setattr(versions, "versions", lambda: {**here, "matplotlib": "99.0"})
    monkeypatch.setattr(
        "sweep.report.files.contents",
        lambda *_: {"report.md": b"drawn by another version"},
    )
    problems, said = verify(study)
    assert problems == []
    (line,) = [line for line in said if "not comparable" in line]
    assert f"written with matplotlib {here['matplotlib']}, here 99.0" in line


def test_a_changed_file_is_found_also_under_other_versions(study, monkeypatch, verify):
    here = dict(versions.versions())
    monkeypatch.setattr(versions, "versions", lambda: {**here, "scipy": "99.0"})
    path = study.folder / "report/report.md"
    path.write_bytes(path.read_bytes() + b"\nand more\n")
    (problem,) = verify(study)[0]
    assert problem.startswith("report/report.md: is not the file written ")


def test_a_report_is_compared_with_the_log_as_it_was_when_it_was_written(study, verify):
    log, _ = opening.resumed(study.folder)
    with log:
        log.append(
            {"event": "notice", "message": "a caveat that came later", "trial": None}
        )
    assert verify(Study(study.folder))[0] == []


def test_the_options_of_a_report_are_recorded_with_it(study, verify):
    again = Study(study.folder)
    evidence = reporting.gather(again, metrics=["val/f1"], draw=False)
    reporting.write(again, evidence, formats=["csv"], tables=["ablation"], draw=False)
    assert verify(Study(study.folder))[0] == []


def test_the_same_report_again_adds_nothing_to_the_log(study):
    before = (study.folder / "events.jsonl").read_bytes()
    again = Study(study.folder)
    reporting.write(again, reporting.gather(again), formats=FORMATS)
    assert (study.folder / "events.jsonl").read_bytes() == before


def test_a_report_without_a_record_is_compared_with_the_default_one(study, verify):
    lines = (study.folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (study.folder / "events.jsonl").write_bytes(b"".join(lines[:-1]))
    shutil.rmtree(study.folder / "report/figures")
    for name in ("report.html", "report.txt"):
        (study.folder / "report" / name).unlink()
    assert verify(study)[0] == []
    path = study.folder / "report/report.md"
    path.write_text(path.read_text().replace("0.0", "0.9"))
    (problem,) = verify(study)[0]
    assert "has no record of how this one was written" in problem


def test_a_study_that_is_being_written_is_verified_and_its_report_is_not_recorded(
    study, verify
):
    with EventLog(study.folder / "events.jsonl") as log:
        count = log.count
        again = Study(study.folder)
        reporting.write(
            again, reporting.gather(again, draw=False), formats=["markdown"], draw=False
        )
        assert verify(again)[0] == []
    assert EventLog(study.folder / "events.jsonl").count == count
