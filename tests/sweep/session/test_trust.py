"""A study's code is known by what this user started or chose to trust; finding out runs nothing."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sweep import user_folders
from sweep.history import opening
from sweep.session import trust
from tests.sweep import small


@pytest.fixture(autouse=True)
def nobody_yet(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "nobody"))


def found(folder="results/small"):
    return Path(folder), trust.code_of(opening.read(Path(folder)).spec)


def test_what_this_user_started_is_trusted_wherever_its_folder_goes(home):
    small.run()
    folder, code = found()
    assert trust.is_trusted(folder, code)
    shutil.move(home / "results", home / "elsewhere")
    assert trust.is_trusted(home / "elsewhere/small", code)


def test_another_users_study_is_not_trusted(home, monkeypatch):
    small.run()
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "somebody"))
    folder, code = found()
    assert not trust.is_trusted(folder, code)
    assert trust.remember(folder, code)
    assert trust.is_trusted(folder, code)


def test_a_study_with_changed_code_is_not_trusted(home):
    small.run()
    (home / "own.py").write_text(small.TRAINER + "\n# changed\n")
    folder, code = found()
    assert not trust.is_trusted(folder, code)


def test_the_code_is_named_with_its_files_and_nothing_is_imported(home):
    small.run()
    (home / "own.py").write_text("raise SystemExit('imported')\n")
    _, code = found()
    name, file = code.lines()
    assert name.strip() == "own.py:train"
    assert str(home / "own.py") in file
    (home / "own.py").unlink()
    assert found()[1].files == {}


def test_a_bundled_trainer_is_this_program_s_own(home):
    small.run()
    spec = replace(opening.read(home / "results/small").spec, trainer="clip")
    assert trust.code_of(spec) is None
    assert trust.remember(home / "results/small", None)


def test_without_a_place_to_remember_trust_nothing_is_trusted(home, monkeypatch):
    small.run()
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    folder, code = found()
    assert not trust.remember(folder, code)
    assert not trust.is_trusted(folder, code)


def test_a_trust_file_that_others_can_write_is_ignored(home):
    small.run()
    folder, code = found()
    known = user_folders.state_folder() / "trusted" / trust.study_id(folder)
    known.chmod(0o666)
    assert not trust.is_trusted(folder, code)


def test_the_sources_are_kept_with_the_study(home):
    small.run()
    assert (home / "results/small/code/own.py").read_text() == small.TRAINER
