"""Somebody else's study: its code is named and not run until the user says so."""

import shutil
from pathlib import Path

import pytest

from sweep.commands import asking
from sweep.errors import NotTrusted
from sweep.session import trust
from tests.sweep.commands.conftest import write
from tests.sweep.commands.invoking import run_to_the_end, sweep

MARK = "\nfrom pathlib import Path\nPath(__file__).with_name('ran').touch()\n"


@pytest.fixture(scope="module")
def run_by_somebody(tmp_path_factory):
    """A study that somebody else ran: its folder, and where a copy of it is kept."""
    home = tmp_path_factory.mktemp("received") / "home"
    home.mkdir()
    write(home)
    trainer = home / "trainer.py"
    trainer.write_text(trainer.read_text() + MARK)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(home)
        patched.setenv("XDG_STATE_HOME", str(home.with_name("somebody else")))
        assert run_to_the_end()[0] == 0
    (home / "ran").unlink()
    shutil.copytree(home, home.with_name("kept"))
    return home, home.with_name("kept")


@pytest.fixture
def received(run_by_somebody, monkeypatch, tmp_path):
    """That study as it was, in a folder of a user who has never seen it."""
    home, kept = run_by_somebody
    shutil.rmtree(home)
    shutil.copytree(kept, home)
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "this user"))
    monkeypatch.setattr("sweep.trainer._imported", {})  # as in a new process
    return home


def config():
    return sorted(Path("results/tiny/trials").glob("*/config.json"))[0]


def test_resume_names_the_code_and_runs_nothing(received):
    code, said = sweep("resume", "tiny", "--engine", "serial")
    assert code == 3
    for word in ("trainer.py:train", str(received / "trainer.py"), "--trust"):
        assert word in said
    assert not (received / "ran").exists()


def test_try_names_the_code_and_runs_nothing(received):
    code, said = sweep("try", config())
    assert (code, "--trust" in said, str(received / "trainer.py") in said) == (
        3,
        True,
        True,
    )
    assert not (received / "ran").exists()


@pytest.mark.parametrize("command", ["resume", "try"])
def test_trust_is_given_once_and_remembered(received, command):
    words = (
        ["resume", "tiny", "--engine", "serial"]
        if command == "resume"
        else ["try", config()]
    )
    assert sweep(*words, "--trust")[0] == 0
    assert sweep(*words)[0] == 0


def test_a_configuration_that_was_given_another_trainer_is_not_trusted(received):
    assert sweep("try", config(), "--trust")[0] == 0
    (received / "other.py").write_text(
        "def train(config, run):\n    raise SystemExit('run')\n"
    )
    path = config()
    path.write_text(path.read_text().replace("trainer.py:train", "other.py:train"))
    code, said = sweep("try", path)
    assert code == 3
    assert str(received / "other.py") in said


def test_naming_the_study_file_needs_no_trust(received):
    assert sweep("run", "tiny.yaml", "--resume", "--engine", "serial")[0] == 0
    assert sweep("resume", "tiny", "--engine", "serial")[0] == 0


def test_a_study_file_with_another_trainer_is_refused_before_that_is_imported(received):
    assert sweep("resume", "tiny", "--engine", "serial", "--trust")[0] == 0
    (received / "ran").unlink()
    shutil.copy("trainer.py", "other.py")
    file = received / "tiny.yaml"
    file.write_text(file.read_text().replace("trainer.py:train", "other.py:train"))
    code, said = sweep("resume", "tiny", "--engine", "serial")
    assert code == 3
    assert "trainer: 'trainer.py:train' → 'other.py:train'" in said
    assert not (received / "ran").exists()


def test_reading_a_received_study_needs_no_trust_and_runs_nothing(received):
    for words in (
        ["status", "tiny"],
        ["show", "tiny", "0"],
        ["verify", "tiny"],
        ["report", "tiny"],
    ):
        assert sweep(*words)[0] == 0, words
    assert not (received / "ran").exists()


@pytest.mark.parametrize("answer", [True, False])
def test_on_a_terminal_the_user_is_asked(received, monkeypatch, answer):
    said = []
    monkeypatch.setattr(asking, "_can_ask", lambda: True)
    monkeypatch.setattr(asking, "say", said.append)
    monkeypatch.setattr(asking.typer, "confirm", lambda question: answer)
    code, _ = sweep("resume", "tiny", "--engine", "serial")
    assert code == (0 if answer else 3)
    assert any(str(received / "trainer.py") in line for line in said)
    assert (received / "ran").exists() is answer


def test_a_folder_without_a_study_is_not_asked_about(tmp_path, monkeypatch):
    monkeypatch.setattr(asking, "_can_ask", lambda: True)
    assert asking.ask(tmp_path, None) is False
    (tmp_path / "events.jsonl").write_bytes(b"{}\n")
    with pytest.raises(NotTrusted):
        trust.require(tmp_path, trust.Code("x", {}))


def test_on_a_terminal_a_study_without_a_record_is_called_empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asking, "_can_ask", lambda: True)
    folder = tmp_path / "results" / "tiny"
    folder.mkdir(parents=True)
    (folder / "events.jsonl").touch()
    code, said = sweep("resume", "tiny", "--engine", "serial")
    assert code == 2
    assert "`sweep run` the study file again" in " ".join(said.split())
