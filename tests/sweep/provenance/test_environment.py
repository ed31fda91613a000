"""What a session records of its surroundings, so that mixed results can be marked."""

import platform
import subprocess

import numpy as np
import pytest

from sweep.provenance import environment
from sweep.provenance.source_files import digest as digest_of
from sweep.provenance.source_files import source_files
from sweep.trainer import resolve


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.py").write_text("def train(config, run): ...\n")
    return resolve("own.py:train", tmp_path)


def test_versions_are_those_in_use(own):
    described = environment.describe(own)
    assert described["python"] == platform.python_version()
    assert described["numpy"] == np.__version__
    assert all(isinstance(value, str) for value in described.values()), (
        "a log takes text"
    )


def test_a_package_that_is_missing_is_said_to_be(own, monkeypatch):
    monkeypatch.setattr(environment, "_PACKAGES", ("no-such-package",))
    assert environment.describe(own)["no-such-package"] == "not installed"


def test_the_code_of_a_file_is_that_file(own, tmp_path):
    before = environment.describe(own)["code"]
    (tmp_path / "unrelated.py").write_text("a = 1\n")
    assert environment.describe(own)["code"] == before
    (tmp_path / "own.py").write_text("def train(config, run): pass\n")
    assert environment.describe(own)["code"] != before


def test_the_code_of_a_bundled_trainer_is_the_whole_package():
    files = source_files(resolve("clip"))
    assert {"contract.py", "clip.py"} <= {path.name for path in files}
    assert files == sorted(files)


def test_a_digest_depends_on_names_and_contents_and_their_borders(tmp_path):
    def digest(**files):
        paths = []
        for name, text in files.items():
            (tmp_path / name).write_text(text)
            paths.append(tmp_path / name)
        return digest_of(paths)

    found = {
        digest(a="1", b="2"),
        digest(a="12", b=""),
        digest(a="2", b="1"),
        digest(a="1", c="2"),
        digest(a="1"),
    }
    assert len(found) == 5


def test_outside_a_checkout_there_is_no_commit_and_inside_one_changes_show(
    own, tmp_path
):
    assert environment.describe(own)["commit"] == ""
    settings = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (
        ["init", "-q"],
        ["add", "own.py"],
        [*settings, "commit", "-q", "-m", "first"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    clean = environment.describe(own)["commit"]
    assert clean
    (tmp_path / "own.py").write_text("changed = True\n")
    assert environment.describe(own)["commit"] == f"{clean}-dirty"


def test_without_git_there_is_no_commit(own, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert environment.describe(own)["commit"] == ""


def test_data_on_disk_is_told_apart_by_its_fingerprint_and_other_data_by_its_name(
    tmp_path,
):
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"123")
    before = environment.data_digest(f"folder:{folder}")
    assert before.startswith("folder:images ")
    assert before.endswith(" (1 files by content)")
    (folder / "a.png").write_bytes(b"124")
    assert environment.data_digest(f"folder:{folder}") != before
    assert environment.data_digest("digits") == "digits"
    assert environment.data_digest("folder:/no/such") == "folder:/no/such"


def test_data_that_cannot_be_read_is_said_to_be_so(tmp_path, monkeypatch):
    def refused(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(environment, "fingerprint", refused)
    assert (
        environment.data_digest(f"npz:{tmp_path}")
        == f"npz:{tmp_path.name} unreadable: Permission denied"
    )


# --------------------------------------------------------------------------- what changed


def test_a_difference_names_what_a_number_may_depend_on_and_nothing_else():
    before = {
        "torch": "2.12",
        "python": "3.11.7",
        "commit": "a",
        "host": "x",
        "device": "A100",
        "code": "1",
    }
    now = {
        "torch": "2.13",
        "python": "3.11.7",
        "commit": "b",
        "host": "y",
        "device": "H100",
        "code": "2",
        "new": "1",
    }
    assert environment.diff(before, now) == ["torch: 2.12 → 2.13", "code: 1 → 2"]
    assert environment.diff(now, now) == []


def test_files_that_changed_came_or_went_are_named():
    before = {"train.py": "1", "model.py": "2", "loss.py": "3"}
    now = {"train.py": "1", "model.py": "9", "data.py": "4"}
    assert environment.files_diff(before, now) == [
        "model.py changed",
        "loss.py is gone",
        "data.py is new",
    ]
    assert (
        environment.files_diff({}, now) == environment.files_diff(before, {}) == []
    ), "an older log recorded none"
