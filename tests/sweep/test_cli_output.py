"""The terminal ends no command and obeys no study: its encoding, escape sequences, what
is written first."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EVIL = r"\e]0;t\a\e[2Jx[a]"
TRAINER = """
def train(config, run):
    for epoch in range(run.restore(), 2):
        if run.report(epoch, {"val/größe[a]": epoch + run.seed, "\\x1b[31mred": 1.0}):
            break
    if run.seed:
        raise RuntimeError("\\x1b]0;title\\x07 no [b] größe")
"""
STUDY = f"""
name: "naïve {EVIL}"
trainer: t.py:train
metric: {{name: "val/größe[a]", goal: maximize}}
parameters: {{x: {{values: [1, 2]}}}}
search: {{method: grid, seeds: [0, 1]}}
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "t.py").write_text(TRAINER, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def sweep(home, *words, encoding="ascii"):
    return subprocess.run(
        [sys.executable, "-m", "sweep", *words],
        cwd=home,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )


def folder(home):
    (found,) = Path(home / "results").iterdir()
    return found


# latin-1 lies between the two: it has some of the characters.
@pytest.mark.parametrize(
    "encoding",
    ["ascii", pytest.param("latin-1", marks=pytest.mark.thorough), "utf-8"],
)
def test_no_encoding_ends_a_command_and_no_name_is_obeyed(study, encoding):
    done = sweep(study, "run", "s.yaml", "--engine", "serial", encoding=encoding)
    assert done.returncode == 1, done.stderr  # two trials fail
    # the trainer's own: it runs here, and its traceback is its own affair
    done.stderr = b""
    said = [done]
    assert (folder(study) / "report/report.md").is_file()
    for words in (
        ["status"],
        ["status", "FOLDER"],
        ["show", "FOLDER", "1"],
        ["report", "FOLDER"],
    ):
        words = [str(folder(study)) if word == "FOLDER" else word for word in words]
        said.append(sweep(study, *words, encoding=encoding))
        assert said[-1].returncode == 0, said[-1].stderr
    for each in said:
        assert b"Traceback" not in each.stderr
        assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", each.stdout + each.stderr)
    assert b"[a]" in said[2].stdout
    report = (folder(study) / "report/report.md").read_bytes()
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", report)


def test_a_report_that_is_not_written_writes_nothing(study):
    sweep(study, "run", "s.yaml", "--engine", "serial")
    before = {path: path.stat().st_mtime_ns for path in folder(study).rglob("*")}
    for words in (["status"], ["show"], ["verify"], ["report", "--no-write"]):
        more = ["0"] if words == ["show"] else []
        assert (
            sweep(study, words[0], str(folder(study)), *more, *words[1:]).returncode
            == 0
        )
    assert {
        path: path.stat().st_mtime_ns for path in folder(study).rglob("*")
    } == before


def test_a_reader_that_goes_away_ends_nothing_before_the_report_is_written(study):
    command = f"{sys.executable} -m sweep run s.yaml --engine serial | head -c 0"
    subprocess.run(["bash", "-c", command], cwd=study, check=False, capture_output=True)
    assert (folder(study) / "report/report.md").is_file()
