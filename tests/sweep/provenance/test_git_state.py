"""The commit a project stands on, with what was changed since."""

import subprocess

import pytest

from sweep.provenance import git_state as module
from sweep.provenance.git_state import git_state


def git(folder, *words):
    own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(
        ["git", "-C", str(folder), *own, *words], check=True, capture_output=True
    )


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "train.py").write_text("one\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_a_clean_checkout(checkout):
    found = git_state(checkout)
    assert len(found.commit) == 40
    assert (found.dirty, found.diff, found.untracked) == (False, "", ())
    assert str(found) == found.commit[:12]


def test_a_dirty_one_has_its_diff_and_what_is_untracked(checkout):
    (checkout / "train.py").write_text("two\n")
    (checkout / "new.py").write_text("new\n")
    found = git_state(checkout)
    assert found.dirty
    assert "-one\n+two" in found.diff
    assert found.untracked == ("new.py",)
    assert str(found).endswith("-dirty")


def test_a_long_diff_is_cut_and_says_so(checkout, monkeypatch):
    monkeypatch.setattr(module, "MOST_DIFF", 100)
    (checkout / "train.py").write_text("x" * 1000)
    assert "cut: the diff has" in git_state(checkout).diff


def test_no_checkout_and_no_git(tmp_path, monkeypatch):
    assert str(git_state(tmp_path)) == ""
    monkeypatch.setenv("PATH", "")
    assert git_state(tmp_path) == module.GitState()


def test_nothing_that_a_received_checkout_names_is_run(checkout):
    marker = checkout / "marker"
    program = f"touch {marker}"
    for key in ("core.fsmonitor", "diff.external", "diff.evil.textconv"):
        git(checkout, "config", key, program)
    (checkout / ".gitattributes").write_text("*.py diff=evil\n")
    (checkout / "train.py").write_text("two\n")
    assert git_state(checkout).dirty
    assert not marker.exists()
