"""`sweep init`: says what to do next, and never takes the place of a file."""

from pathlib import Path

import pytest

from tests.sweep.commands.invoking import sweep


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_it_says_what_to_do_next():
    code, printed = sweep("init", "segmentation", "-o", "brain.yaml")
    assert code == 0
    assert printed.splitlines()[0].startswith(
        "with 8 paired seeds and 1 comparison, a change"
    )
    assert printed.splitlines()[-1] == "brain.yaml: sweep check brain.yaml"
    assert sweep("check", "brain.yaml")[0] == 0


def test_the_study_file_is_named_after_the_trainer_by_default():
    assert sweep("init")[0] == 0
    assert Path("clip.yaml").is_file()


def test_an_existing_file_is_not_overwritten():
    Path("clip.yaml").write_text("mine", encoding="utf-8")
    code, message = sweep("init", "clip")
    assert code == 2
    assert "exists already" in message
    assert Path("clip.yaml").read_text(encoding="utf-8") == "mine"
