"""What a shell is offered, asked as bash asks: by an environment variable, in a process
of its own."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from sweep import cli

PROGRAM = "import sys; sys.argv = ['sweep']; from sweep.cli import main; main()"
STUDY = """
trainer: clip
metric: {name: val/loss, goal: minimize}
parameters: {epochs: 3, loss_type: {values: [standard, focal]}}
profiles: {quick: {epochs: 1}, full: {epochs: 9}}
"""


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """`offered("run", "fo")`: the completions of the last word, in a folder with a
    study file and two studies."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "train.py").touch()
    (tmp_path / "more").mkdir()
    for folder in ("results/alpha", "results/beta", "elsewhere/gamma"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "events.jsonl").touch()

    def ask(*words):
        line = " ".join(["sweep", *words])
        environment = {
            **os.environ,
            "_SWEEP_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
        }
        environment |= {
            "COMP_CWORD": str(len(words)),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.split()

    return ask


def test_commands_files_studies_profiles_and_keys_are_offered(offered):
    assert {"resume", "report"} <= set(offered("re"))
    assert offered("check", "m") == ["mine.yaml", "more/"]
    assert "focal" in offered("run", "fo")
    assert offered("resume", "a") == ["alpha"]
    assert offered("compare", "alpha", "b") == ["beta"]
    assert offered("run", "mine.yaml", "--profile", "q") == ["quick"]
    assert offered("run", "mine.yaml", "--set", "l") == ["loss_type="]
    assert offered("init", "f") == ["fusion"]


def test_unreadable_files_give_no_completions_and_no_message(offered):
    assert offered("run", "broken.yaml", "--profile", "") == []
    assert offered("run", "nowhere/x.yaml", "--profile", "") == []
    assert offered("run", "no/such/folder/") == []


def test_it_can_be_installed():
    shown = CliRunner().invoke(cli.app, ["--help"]).output
    assert "--install-completion" in shown
