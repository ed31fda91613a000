"""What every attempt leaves in its trial's folder: the configuration, and the command
that repeats it."""

from pathlib import Path

import orjson
import pytest

from sweep.model.trial import Assignment
from sweep.worker.job import Job
from sweep.worker.trial_files import trial_in_storage, write_trial_files

JOB = Job("study", "own.py:train", "/project", "m", "maximize")


@pytest.fixture
def assignment(tmp_path):
    folder = str(tmp_path / "00007-focal")
    return Assignment(7, "focal γ", {"epochs": 3}, 5, None, None, 1, folder, None, {})


def test_the_configuration_and_the_command_are_written(assignment):
    write_trial_files(JOB, assignment)
    folder = Path(assignment.folder)
    written = orjson.loads((folder / "config.json").read_bytes())
    assert (written["trial"], written["label"], written["seed"]) == (7, "focal γ", 5)
    assert (written["trainer"], written["base"]) == ("own.py:train", "/project")
    assert written["config"] == {"epochs": 3}
    assert (
        folder / "command.txt"
    ).read_text() == f"sweep try {folder / 'config.json'}\n"


def test_files_written_elsewhere_name_the_folder_that_they_end_up_in(
    assignment, tmp_path
):
    write_trial_files(JOB, assignment, tmp_path / "here")
    assert not Path(assignment.folder).exists()
    line = (tmp_path / "here" / "command.txt").read_text()
    assert line == f"sweep try {assignment.folder}/config.json\n"


def test_a_trial_has_the_same_folder_name_in_a_storage(assignment):
    assert trial_in_storage(assignment) == "trials/00007-focal"
