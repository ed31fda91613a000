"""A storage is found again where it lies now, and never taken for one that holds another study."""

import shutil

import pytest

import sweep.study
from sweep.errors import UsageError
from sweep.history.opening import read
from sweep.session import storage_place
from tests.sweep import small


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose study keeps its trials' files in `store`, beside it."""
    home = tmp_path / "project"
    home.mkdir()
    (home / "own.py").write_text(small.TRAINER)
    monkeypatch.chdir(home)
    small.write(home, study=small.SEARCH)
    small.run(storage=str(home / "store"))
    return home


def chosen(home, given=None, name="small"):
    folder = home / "results" / name
    return storage_place.chosen(given, read(folder), folder)


def test_the_storage_of_a_moved_study_is_found_or_named(project, tmp_path, monkeypatch):
    was = (project / "store").as_uri()
    assert chosen(project) == was
    assert (
        read(project / "results/small").sessions[-1].storage_from_folder
        == "../../store"
    )
    with pytest.raises(UsageError, match="this study's files are in file://"):
        chosen(project, str(tmp_path / "empty"))

    # its folder is renamed
    (project / "results/small").rename(project / "results/renamed")
    assert chosen(project, name="renamed") == was
    (project / "results/renamed").rename(project / "results/small")

    # the project is moved, the storage with it
    moved = tmp_path / "moved"
    shutil.move(project, moved)
    assert chosen(moved) == (moved / "store").as_uri()

    # the storage is moved elsewhere
    shutil.move(moved / "store", tmp_path / "archive")
    with pytest.raises(UsageError, match="does not contain this study any more"):
        chosen(moved)
    assert chosen(moved, str(tmp_path / "archive")) == (tmp_path / "archive").as_uri()

    # it is lost, and the user says so
    assert chosen(moved, was) == was

    # and the moved study goes on with it
    monkeypatch.chdir(moved)
    done = sweep.study.resume(
        "small", engine="serial", storage=str(tmp_path / "archive")
    )
    assert read(done.folder).sessions[-1].storage == (tmp_path / "archive").as_uri()


def test_an_object_store_is_never_relative_to_the_study(tmp_path):
    assert storage_place.from_folder("s3://bucket/runs", tmp_path) == ""
    assert storage_place.from_folder(None, tmp_path) == ""
    assert (
        storage_place.from_folder((tmp_path / "a b").as_uri(), tmp_path / "study")
        == "../a b"
    )
