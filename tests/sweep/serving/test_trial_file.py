"""Files of a trial, as the page shows them."""

import os

import pytest

from sweep.serving.trial_file import LONGEST, read_trial_file


@pytest.fixture
def study(tmp_path):
    (tmp_path / "events.jsonl").write_text('{"crc":"0"}\n', encoding="utf-8")
    (tmp_path / "trials" / "00000-a").mkdir(parents=True)
    return tmp_path


def test_the_end_of_a_long_file_is_shown(study):
    (study / "trials" / "00000-a" / "output.txt").write_text("a" * LONGEST + "the end")
    assert read_trial_file(study, "00000-a", "output.txt").endswith("the end")
    assert len(read_trial_file(study, "00000-a", "output.txt")) == LONGEST


@pytest.mark.parametrize("folder", ["..", ".", "", "00000-a/..", "nowhere", "a\0b"])
def test_a_folder_that_is_no_trials_has_no_files(study, folder):
    assert read_trial_file(study, folder, "output.txt") is None


def test_bytes_that_are_no_text_are_replaced(study):
    (study / "trials" / "00000-a" / "output.txt").write_bytes(b"\xff ok")
    assert read_trial_file(study, "00000-a", "output.txt") == "\ufffd ok"


def test_a_pipe_or_a_folder_is_not_read(study):
    folder = study / "trials" / "00000-a"
    os.mkfifo(folder / "output.txt")  # opening it would wait for a writer
    (folder / "command.txt").mkdir()
    assert read_trial_file(study, "00000-a", "output.txt") is None
    assert read_trial_file(study, "00000-a", "command.txt") is None
