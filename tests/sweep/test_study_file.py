"""A study file is found as it was named; else the shipped one of that name."""

from pathlib import Path

import pytest

import sweep.study
from sweep.errors import StudyFileError
from sweep.study_file import find


@pytest.mark.parametrize("name", ["x" * 300, "nul\0byte"])
def test_a_study_file_of_a_name_that_no_file_can_have_is_looked_for_under_it(
    home, name
):
    assert find(name) == Path(name)
    with pytest.raises(StudyFileError):
        sweep.study.run(name)


def test_a_file_that_is_there_goes_before_the_shipped_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped = find("focal.yaml")
    assert shipped.is_file()
    Path("focal.yaml").write_text("name: mine\n")
    assert find("focal.yaml") == Path("focal.yaml")


def test_a_name_that_is_nowhere_stays_as_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find("no-such-study.yaml") == Path("no-such-study.yaml")
