"""Which file of a pattern a trial's metrics are read from."""

import os

import pytest

from sweep.command.matches import Matches
from sweep.errors import TrialError


def written(path, text="{}", seconds=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (seconds, seconds))
    return path


def test_the_file_of_this_attempt_and_until_it_is_there_that_of_the_last(tmp_path):
    written(tmp_path / "version_0/metrics.csv", seconds=1)
    last = written(tmp_path / "version_1/metrics.csv", seconds=2)
    matches = Matches(tmp_path, "version_*/metrics.csv")
    assert matches.newest() == last
    own = written(tmp_path / "version_2/metrics.csv", seconds=3)
    assert matches.newest() == own


def test_several_files_of_one_attempt_are_never_mixed(tmp_path):
    matches = Matches(tmp_path, "OUT/*/history.json")
    assert matches.newest() is None
    first = written(tmp_path / "OUT/a/history.json", seconds=1)
    assert matches.newest() == first
    written(tmp_path / "OUT/b/history.json", seconds=2)
    with pytest.raises(TrialError, match="matches 2 files that the program writes"):
        matches.newest()
