"""What the kernel does for processes when others die."""

import os
import select
import subprocess
import sys
import threading

import pytest

from sweep.worker import kernel

pytestmark = pytest.mark.skipif(not kernel.LINUX, reason="elsewhere these do nothing")


def python(source):
    return [sys.executable, "-S", "-c", source]


def test_a_pidfd_is_readable_once_the_process_has_ended():
    process = subprocess.Popen(["sleep", "600"])
    handle = kernel.pidfd(process.pid)
    try:
        assert select.select([handle], [], [], 0.0)[0] == []
        process.kill()
        assert select.select([handle], [], [], 10.0)[0] == [handle]
    finally:
        process.kill()
        process.wait()
        os.close(handle)
    assert kernel.pidfd(process.pid) is None, "it has been reaped"


def test_children_are_listed_until_they_are_reaped():
    process = subprocess.Popen(["sleep", "600"])
    assert process.pid in kernel.children()
    process.kill()
    assert process.pid in kernel.children(), "ended, and not reaped"
    process.wait()
    assert process.pid not in kernel.children()


def test_every_thread_but_the_main_one_is_named():
    done = threading.Event()
    before = kernel.threads()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert len(kernel.threads()) == len(before) + 1
    finally:
        done.set()
        thread.join()


ORPHAN = """
import os, subprocess, sys
sys.path[:] = {path!r}
from sweep.worker import kernel
{first}
"""


def test_a_process_whose_parent_is_dead_already_does_not_begin():
    source = ORPHAN.format(path=sys.path, first="kernel.die_with_parent(os.getpid())")
    assert subprocess.run(python(source), check=False).returncode == 1


def test_a_process_dies_with_the_parent_that_started_it():
    child = ORPHAN.format(
        path=sys.path,
        first="kernel.die_with_parent(os.getppid()); print(os.getpid(), flush=True); "
        "import time; time.sleep(600)",
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {child!r}])"
    with subprocess.Popen(python(parent), stdout=subprocess.PIPE, text=True) as process:
        handle = kernel.pidfd(int(process.stdout.readline()))
        process.kill()
    try:
        assert select.select([handle], [], [], 10.0)[0] == [handle]
    finally:
        os.close(handle)


def test_a_process_is_called_what_it_was_named():
    source = ORPHAN.format(
        path=sys.path,
        first="kernel.name_process('sweep-template-of-a-study'); "
        "print(open('/proc/self/comm').read(), end='')",
    )
    assert subprocess.check_output(python(source), text=True) == "sweep-template-\n"
