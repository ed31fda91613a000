"""Signals while Ray starts."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from ray._private import utils

from sweep.engine import cluster
from sweep.log.reader import replay
from tests.waiting import wait_until

STUDY = """
name: early
trainer: own.py:train
metric: {name: m, goal: maximize}
parameters: {epochs: 1, x: {min: 0.0, max: 1.0}}
search: {method: random, trials: 2}
"""
TRAINER = """
def train(config, run):
    run.report(0, {"m": config["x"]})
"""


@pytest.fixture
def home():
    # short: Ray's sockets lie in it
    with tempfile.TemporaryDirectory(prefix="sweep-") as folder:
        (Path(folder) / "own.py").write_text(TRAINER)
        (Path(folder) / "study.yaml").write_text(STUDY)
        yield Path(folder)


def test_ray_does_not_take_sigterm_from_the_study():
    usual, before = utils.set_sigterm_handler, signal.getsignal(signal.SIGTERM)
    with cluster._without_rays_handler():
        utils.set_sigterm_handler(lambda number, frame: None)
        assert signal.getsignal(signal.SIGTERM) is before
    assert utils.set_sigterm_handler is usual


def test_another_version_of_ray_keeps_its_handler(monkeypatch):
    monkeypatch.delattr(utils, "set_sigterm_handler")
    with cluster._without_rays_handler():
        assert not hasattr(utils, "set_sigterm_handler")


@pytest.mark.ray
@pytest.mark.timeout(120)
def test_a_study_that_is_terminated_while_ray_starts_can_be_resumed(home):
    scratch = home / "tmp"
    scratch.mkdir()
    program = subprocess.Popen(
        [sys.executable, "-m", "sweep", "run", "study.yaml"],
        cwd=home,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    # the first file of Ray's in its folder: Ray has begun to start
    wait_until(lambda: list(scratch.glob("sweep-*/r/session_*")))
    program.send_signal(signal.SIGTERM)
    output, _ = program.communicate(timeout=60)
    assert program.returncode == 128 + signal.SIGTERM, output
    assert "sweep resume" in output
    assert not list(scratch.glob("sweep-*"))
    last = replay(home / "results/early/events.jsonl").events[-1]
    assert last["event"] == "session_ended"
