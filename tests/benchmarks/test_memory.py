"""What a worker takes is counted with the processes that belong to it."""

import subprocess
import sys

import pytest

from benchmarks.machine import Process, family
from benchmarks.parts.memory import Group, driver, largest_group


def process(pid, parent, name, pss):
    return Process(pid, parent, name, 0.0, 2 * pss, pss)


DRIVER = process(1, 0, "python -m benchmarks.contenders.real_ours", 200.0)
RAYLET = process(2, 1, "raylet", 30.0)
WORKER = process(3, 2, "ray::Worker.next", 20.0)
TEMPLATE = process(4, 3, "python -P -c", 150.0)
IDLE = process(9, 2, "ray::IDLE", 900.0)


def test_a_template_and_a_trial_count_with_their_worker_and_nothing_else_does():
    look = [
        DRIVER,
        RAYLET,
        WORKER,
        TEMPLATE,
        process(5, 4, "python -P -c", 100.0),
        IDLE,
    ]
    assert largest_group([look]) == Group(worker=20.0, template=150.0, trial=100.0)


def test_what_a_trial_starts_counts_with_it():
    trial, loader = process(5, 4, "trial", 100.0), process(6, 5, "loader", 40.0)
    assert largest_group([[WORKER, TEMPLATE, trial, loader]]).trial == 140.0


def test_only_what_was_there_at_one_moment_is_added():
    early = [WORKER, TEMPLATE, process(5, 4, "trial", 100.0)]
    late = [WORKER, TEMPLATE, process(6, 4, "trial", 110.0)]
    assert largest_group([early, late]).whole == 280.0


def test_where_a_worker_trains_itself_it_is_all_that_counts():
    in_place = process(3, 2, "ray::Worker.next", 300.0)
    assert largest_group([[RAYLET, in_place, IDLE]]) == Group(worker=300.0)


def test_without_a_worker_no_memory_is_reported():
    with pytest.raises(RuntimeError, match="no worker"):
        largest_group([[DRIVER, IDLE]])


def test_the_driver_is_the_program_that_was_started():
    later = process(1, 0, DRIVER.name, 210.0)
    assert driver([[DRIVER, RAYLET], [later]]) == 210.0


def test_processes_are_found_with_their_parents_and_memory():
    waits = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    with subprocess.Popen(
        [sys.executable, "-c", waits], stdin=subprocess.PIPE
    ) as started:
        seen = []
        while len(seen) < 2:
            seen = family(started.pid)
        started.stdin.close()
    first, child = seen
    assert (first.pid, child.parent) == (started.pid, started.pid)
    assert 0 < child.pss <= child.rss
