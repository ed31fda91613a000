"""Processes are found by the mark in their environment, and ended by it."""

import os
import subprocess
import time

import pytest

from sweep.watchdog.process_tree import GRACE, MARK, end, family


@pytest.fixture
def marked():
    """`marked(mark, **environment)` starts a process that sleeps under a mark."""
    started = []

    def start(mark, **environment):
        process = subprocess.Popen(
            ["sleep", "60"], env={**os.environ, MARK: mark, **environment}
        )
        started.append(process)
        until = time.monotonic() + 10
        while process.pid not in family(mark) and time.monotonic() < until:
            time.sleep(0.01)  # between fork and exec it has another environment
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def mark(tmp_path):
    """A mark that no other test has."""
    return f"test-{os.getpid()}-{tmp_path.stat().st_ino}"


def test_a_family_is_all_that_carry_the_mark_with_the_grace_they_were_promised(
    marked, mark
):
    one = marked(f"{mark}/1")
    other = marked(f"{mark}/2", **{GRACE: "2.5"})
    odd = marked(f"{mark}/2", **{GRACE: "soon"})
    marked(f"other-{mark}/1")
    assert family(mark) == {one.pid: 0.0, other.pid: 2.5, odd.pid: 0.0}
    assert family(f"{mark}/1") == {one.pid: 0.0}


def test_ending_a_family_spares_those_it_is_told_to(marked, mark):
    ended, spared = marked(mark), marked(mark)
    end(mark, spare=frozenset([spared.pid]))
    assert ended.wait(10) == -9
    assert spared.poll() is None


def test_a_process_is_ended_only_after_the_grace_it_was_promised(marked, mark):
    process = marked(mark, **{GRACE: "0.5"})
    began = time.monotonic()
    assert end(mark) == set()
    assert time.monotonic() - began >= 0.5
    assert process.wait(10) == -9


def test_a_family_that_is_not_there_needs_no_ending(mark):
    assert end(mark) == set()
