"""`--serve`: the page has a process of its own, and ends with the study."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from sweep.commands import served
from sweep.commands.served import Served
from sweep.model.events import SessionEnded, SessionStarted

HISTORY = SimpleNamespace(spec=SimpleNamespace(slug="study"))
STARTED = SessionStarted(pid=1, host="here", command="sweep run", environment={})


def test_the_page_starts_with_the_session_and_ends_with_it(monkeypatch):
    started = []

    def popen(command, **options):
        sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
        started.append((command, real(sleeping, **options)))
        return started[-1][1]

    real = subprocess.Popen
    monkeypatch.setattr(served.subprocess, "Popen", popen)
    heard = []
    with Served(
        lambda history, event: heard.append(event), Path("results"), 0
    ) as listener:
        listener(HISTORY, STARTED)
        listener(HISTORY, SessionEnded("done"))
    ((command, process),) = started
    assert command[4:8] == ["serve", "results/study", "--port", "0"]
    assert process.returncode is not None
    assert heard == [STARTED, SessionEnded("done")]


def test_a_study_that_never_starts_has_no_page():
    with Served(lambda history, event: None, Path("results"), 0):
        pass


def test_a_project_with_a_file_sweep_py_has_this_programs_page(tmp_path, monkeypatch):
    (tmp_path / "sweep.py").write_text("open('ran', 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    started = []
    real = subprocess.Popen

    def popen(command, **options):
        started.append(real(command, **options))
        return started[-1]

    monkeypatch.setattr(served.subprocess, "Popen", popen)
    with Served(lambda history, event: None, Path("results"), 0) as listener:
        listener(HISTORY, STARTED)
        assert started[0].wait(60) == 2  # there is no such study
    assert not (tmp_path / "ran").exists()
