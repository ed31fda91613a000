"""`sweep compare`: studies side by side."""

import shutil
from pathlib import Path

from tests.sweep.commands.invoking import sweep


def test_shared_arms_are_compared_under_the_names_of_the_studies(finished):
    shutil.copytree(finished, "results/again")
    code, printed = sweep("compare", "tiny", "again")
    assert code == 0
    assert printed.splitlines()[0].strip() == "tiny and again"
    assert "strong" in printed


def test_studies_with_equal_folder_names_are_shown_with_their_paths(finished):
    shutil.copytree(finished, Path("other") / "tiny")
    code, printed = sweep("compare", "results/tiny", "other/tiny")
    assert code == 0
    assert printed.splitlines()[0].strip() == "results/tiny and other/tiny"


def test_the_metric_may_be_named(finished):
    shutil.copytree(finished, "results/again")
    _, printed = sweep("compare", "tiny", "again", "--metric", "train/loss")
    assert "train/loss" in printed
    assert "test/score" not in printed
