"""Data sets are read once a process, again when their files or settings change, and
never shared between those."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from sweep_trainers.data import kept as module
from sweep_trainers.data.images import load_images
from sweep_trainers.data.kept import MOST, kept


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_kept", {})


class Reader:
    """Counts how often a file is read."""

    def __init__(self, path: Path):
        self.path, self.times = path, 0

    def __call__(self) -> str:
        self.times += 1
        return self.path.read_text()


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    (tmp_path / "data").write_text("one")
    return Reader(tmp_path / "data")


def test_a_file_is_read_once(reader: Reader) -> None:
    assert kept(reader, reader.path, 1) is kept(reader, reader.path, 1)
    assert reader.times == 1


def test_other_settings_are_another_data_set(reader: Reader) -> None:
    kept(reader, reader.path, 1), kept(reader, reader.path, 2), kept(reader, None, 1)
    assert reader.times == 3


def test_a_changed_file_is_read_again_also_at_the_same_size(reader: Reader) -> None:
    assert kept(reader, reader.path) == "one"
    reader.path.write_text("two")
    os.utime(reader.path, ns=(1, 1))
    assert kept(reader, reader.path) == "two"


@pytest.mark.parametrize("change", ["added", "removed", "renamed", "edited"])
def test_a_folder_is_read_again_when_a_file_deep_in_it_changes(
    tmp_path: Path, change: str
) -> None:
    (folder := tmp_path / "folder" / "class").mkdir(parents=True)
    (folder / "a").write_text("a"), (folder / "b").write_text("b")
    times: list[int] = []
    for _ in range(2):
        kept(lambda: times.append(1), tmp_path / "folder")
    assert len(times) == 1
    match change:
        case "added":
            (folder / "c").write_text("c")
        case "removed":
            (folder / "a").unlink()
        case "renamed":
            (folder / "a").rename(folder / "z")
        case "edited":
            (folder / "a").write_text("aa")
    kept(lambda: times.append(1), tmp_path / "folder")
    assert len(times) == 2


def test_what_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    missing = Reader(tmp_path / "later")
    with pytest.raises(FileNotFoundError):
        kept(missing, missing.path)
    missing.path.write_text("there")
    assert kept(missing, missing.path) == "there"


def test_only_the_data_sets_used_last_are_kept(reader: Reader) -> None:
    for number in range(MOST + 1):
        kept(reader, reader.path, number)
    kept(reader, reader.path, 1)
    assert reader.times == MOST + 1
    kept(reader, reader.path, 0)
    assert reader.times == MOST + 2


def test_no_trial_can_change_the_images_of_the_next() -> None:
    data = load_images("digits", size=16)
    assert load_images("digits", size=16) is data
    with pytest.raises(ValueError, match="read-only"):
        data.images[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        data.labels[0] = 0
    assert isinstance(data.images, np.ndarray)
