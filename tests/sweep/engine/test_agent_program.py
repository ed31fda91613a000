"""The program in place of a raylet's agent: it ends when the raylet has ended."""

import os
import subprocess
import sys

import pytest

from sweep.engine import agent_program, agents

pytestmark = pytest.mark.skipif(
    not agents._can_wait(), reason="needs Linux with pidfd_open"
)


@pytest.fixture
def raylet():
    """A process in place of a raylet."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def test_it_waits_for_the_end_of_the_raylet(raylet):
    program = subprocess.Popen(
        [sys.executable, "-I", "-S", agent_program.__file__],
        env={**os.environ, "RAY_RAYLET_PID": str(raylet.pid)},
    )
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.5)
    raylet.kill()
    assert program.wait(10) == 0, "also while nobody has reaped the raylet"


def test_it_ends_at_once_if_the_raylet_has_ended(raylet, monkeypatch):
    raylet.kill()
    raylet.wait()
    monkeypatch.setenv("RAY_RAYLET_PID", str(raylet.pid))
    agent_program.main()
