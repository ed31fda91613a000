"""`sweep report`: prints the ablation table and writes the report again."""

import json
import shutil

import pytest

from tests.sweep.commands.invoking import sweep


@pytest.fixture
def bare(finished):
    """A finished study whose report was thrown away."""
    shutil.rmtree(finished / "report")
    return finished


def written(study):
    return {path.name for path in (study / "report").iterdir() if path.is_file()}


def test_only_the_formats_that_are_named_are_written(bare):
    code, printed = sweep("report", "tiny", "--format", "csv", "--no-figures")
    assert code == 0
    assert "strong" in printed
    assert {"ablation.csv", "search.csv"} <= written(bare)
    assert "report.html" not in written(bare)
    assert not (bare / "report" / "figures").exists()


def test_only_the_tables_that_are_named_are_printed_and_written(bare):
    line = ("report", "tiny", "--table", "search", "--format", "csv", "--no-figures")
    code, printed = sweep(*line)
    assert code == 0
    assert "strong" not in printed
    assert "search.csv" in written(bare)
    assert "ablation.csv" not in written(bare)


def test_another_metric_may_be_compared(bare):
    _, printed = sweep("report", "tiny", "--metric", "train/loss", "--no-figures")
    assert "train/loss ↓" in printed
    assert "test/score" not in printed


def test_files_that_people_open_are_named_and_the_rest_counted(bare):
    _, printed = sweep("report", "tiny", "--no-figures")
    assert "results/tiny/report/report.html" in printed
    assert "more files in results/tiny/report" in printed


def test_an_unknown_format_names_the_nearest(bare):
    code, message = sweep("report", "tiny", "--format", "latx", "--no-figures")
    assert code == 2
    assert "did you mean 'latex'" in message


def test_an_edited_copy_of_the_study_file_is_noted(bare):
    copy = bare / "study.yaml"
    copy.write_text(copy.read_text() + "description: edited\n")
    _, printed = sweep("report", "tiny", "--no-figures")
    assert "note: results/tiny/study.yaml was edited: description: " in printed
    _, answer = sweep("report", "tiny", "--no-figures", "--json")
    assert "was edited: description: " in json.loads(answer)["notes"][0]
