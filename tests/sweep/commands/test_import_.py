"""`sweep import`."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from sweep.cli import app
from tests.sweep.test_elsewhere import FRAME


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`run(*words)`: the command in a folder with runs.csv."""
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("runs.csv", index=False)
    return lambda *words: CliRunner().invoke(app, ["import", *words])


def test_the_columns_are_shown_and_the_table_is_printed(run):
    done = run("theirs", "runs.csv", "--metric", "acc")
    assert done.exit_code == 0, done.output
    assert "columns: arm: method · seed: seed · metric: acc" in done.output
    assert (
        "trained elsewhere: code, data and seeds as stated by the source" in done.output
    )
    assert "focal" in done.output


def test_several_files_are_one_study(run):
    half = pd.read_csv("runs.csv")
    half.iloc[:3].to_csv("a.csv", index=False)
    half.iloc[3:].to_csv("b.csv", index=False)
    done = run("theirs", "a.csv", "b.csv", "--baseline", "focal")
    assert done.exit_code == 0, done.output


def test_the_same_command_merges_studies(run):
    run("a", "runs.csv")
    run("b", "runs.csv")
    done = run("both", "a", "b", "--accept-changes")
    assert done.exit_code == 0, done.output
    assert "are counted once" in done.output


def test_a_study_and_a_file_are_not_one_import(run):
    run("theirs", "runs.csv", "--metric", "acc", "--yes")
    done = run("both", "theirs", "runs.csv", "--yes")
    assert done.exit_code != 0
    assert "Studies merge with studies of the same file only" in str(done.exception)
