"""The user's own folders: by the XDG specification, for this user alone."""

from pathlib import Path

import pytest

from sweep import user_folders


def test_they_follow_the_environment_and_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert user_folders.cache_folder() == tmp_path / "c" / "sweep"
    assert user_folders.state_folder() == tmp_path / "home/.local/state/sweep"


def test_a_folder_is_made_for_this_user_alone(tmp_path):
    folder = tmp_path / "a" / "sweep"
    assert user_folders.ready(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    assert not user_folders.ready(folder)
    assert not user_folders.ready(None)
    assert not user_folders.ready(Path("/proc/none"))


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"mine")
    path.chmod(0o600)
    return path


def test_only_a_regular_file_that_nobody_else_can_write_is_read(own, tmp_path):
    assert user_folders.read_own(own) == b"mine"
    own.chmod(0o620)
    assert user_folders.read_own(own) is None
    own.chmod(0o600)
    (tmp_path / "link").symlink_to(own)
    for other in (tmp_path / "link", tmp_path / "none", tmp_path):
        assert user_folders.read_own(other) is None
