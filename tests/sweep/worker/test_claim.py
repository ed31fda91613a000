"""A trial's folder belongs to one process at a time, and to those that it forked."""

import os
import subprocess
import sys
import time

from sweep.worker import claim as module
from sweep.worker.claim import claim

HOLDER = """
import os, sys, time
from pathlib import Path
from sweep.worker.claim import claim
assert claim(Path(sys.argv[1]))
if os.fork() == 0:
    time.sleep(float(sys.argv[2]))
print("claimed", flush=True)
os._exit(0)
"""


def test_a_folder_is_waited_for_as_long_as_a_forked_process_keeps_it(tmp_path, monkeypatch):
    command = [sys.executable, "-c", HOLDER, str(tmp_path), "1.0"]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE)
    holder.stdout.readline()
    began = time.monotonic()
    assert claim(tmp_path)
    assert 0.3 < time.monotonic() - began < 10
    holder.communicate()


def test_a_folder_that_is_never_left_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    assert claim(tmp_path)
    pid = os.fork()
    if pid == 0:
        os._exit(claim(tmp_path / "another") and not claim(tmp_path))
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 1
