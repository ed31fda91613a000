"""The copies of the trainer's sources are those that the log knows, or are named."""

import shutil

import pytest

from sweep.report.verification.code_files import check_code
from sweep.report.verification.log_reading import read_log
from sweep.report.verification.trial_files import check_trial_files
from tests.sweep import small


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study's folder; what is looked at here takes no report."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as here:
        here.chdir(home)
        (home / "own.py").write_text(small.TRAINER)
        small.write(home, ("epochs: 3", "epochs: 1"), study=small.SEARCH)
        return (home / small.run().folder).resolve()


@pytest.fixture
def folder(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "small", symlinks=True)


@pytest.fixture
def kept(folder):
    """The copy of the only source file."""
    return folder / "code" / "own.py"


def checked(folder):
    return check_code(folder, read_log(folder / "events.jsonl"))


def test_a_correct_copy_of_the_code_is_counted(folder, kept):
    found = checked(folder)
    assert (found.sound, found.problems) == (1, [])


def test_a_changed_copy_is_named_and_so_are_other_files_and_links(folder, kept):
    (kept.parent / "linked.py").symlink_to(kept)
    (kept.parent / "more.py").write_text("more = 1\n")
    assert checked(folder).problems == [
        f"{kept.parent / 'linked.py'}: is a link",
        f"{kept.parent / 'more.py'}: the log has no source file like it",
    ]
    kept.write_text(kept.read_text() + "# changed\n")
    assert checked(folder).problems[2:] == [
        f"{kept}: the log has no source file like it",
        f"{kept.parent}: the copy of own.py is missing",
    ]


def test_a_study_without_a_copy_of_its_code_says_so(folder, kept):
    kept.unlink()
    found = checked(folder)
    assert found.problems == []
    assert found.unverified == {"none was kept": 1}


def test_a_folder_of_no_trial_and_linked_files_of_trials_are_named(folder):
    trials = folder / "trials"
    first, second = sorted(trials.iterdir())[:2]
    (trials / "00099-more").mkdir()
    (trials / "00100-link").symlink_to(first)
    for name in ("config.json", "history.jsonl"):
        (second / name).rename(first / f"kept-{name}")
        (second / name).symlink_to(first / f"kept-{name}")
    checks = check_trial_files(folder, read_log(folder / "events.jsonl"))
    assert sorted(problem for check in checks for problem in check.problems) == [
        f"{second / 'config.json'}: is a link",
        f"{second / 'history.jsonl'}: is a link",
        f"{trials / '00099-more'}: the log has no such trial",
        f"{trials / '00100-link'}: is a link",
    ]
