"""A trial's folder belongs to one process at a time, and to those that it forked."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

from sweep.worker.claim import claim, kept

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


def test_a_folder_is_waited_for_as_long_as_a_forked_process_keeps_it(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path), "1.0"]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE)
    holder.stdout.readline()
    began = time.monotonic()
    held = claim(tmp_path)
    assert 0.3 < time.monotonic() - began < 10
    holder.communicate()
    held.release()


def test_a_folder_that_is_never_left_is_given_up(tmp_path):
    held = claim(tmp_path)
    pid = os.fork()
    if pid == 0:
        os._exit(
            claim(tmp_path / "another") is not None and claim(tmp_path, 0.2) is None
        )
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 1
    held.release()


def test_a_released_folder_can_be_claimed_while_a_forked_process_lives(tmp_path):
    held = claim(tmp_path)
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    assert claim(tmp_path, 0.0) is None
    held.release()
    again = claim(tmp_path, 0.0)
    assert again is not None
    again.release()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_removed_folder_is_created_again_for_the_next_claim(tmp_path):
    folder = tmp_path / "trial"
    held = claim(folder)
    waiting = threading.Thread(target=lambda: got.append(claim(folder, 10.0)))
    got = []
    waiting.start()
    time.sleep(0.1)
    shutil.rmtree(folder)
    held.release()
    waiting.join()
    assert folder.is_dir()
    assert claim(folder, 0.0) is None, "the one that waited keeps the new folder"
    got[0].release()


def test_a_descriptor_that_a_trainer_closed_is_left_alone(tmp_path):
    held = claim(tmp_path)
    descriptor = kept()[-1]
    os.close(descriptor)
    another = os.open(os.devnull, os.O_RDONLY)
    assert another == descriptor
    held.release()
    os.fstat(another)
    os.close(another)
    assert descriptor not in kept()


def test_a_file_system_without_locks_is_not_waited_for(tmp_path, monkeypatch):
    def refuse(descriptor, what):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    claim(tmp_path).release()
