"""A program's process group ends with whoever started it, and nothing of it is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sweep.command.program import CommandProcess

# A parent and a child that both ignore SIGTERM, or say that they got it.
FAMILY = """
import os, signal, sys, time
def bye(number, frame):
    os.write(1, b"bye\\n")  # in one piece: two processes write to this file
    sys.exit(0)
signal.signal(signal.SIGTERM, {handler})
child = os.fork()
open("child" if child == 0 else "parent", "w").write(str(os.getpid()))
time.sleep(60)
"""


def started(tmp_path, script, grace=10.0):
    return CommandProcess([sys.executable, "-c", script], tmp_path, tmp_path, {}, grace)


def pids(tmp_path):
    """Of parent and child, once both have written theirs."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        try:
            return [int((tmp_path / name).read_text()) for name in ("parent", "child")]
        except (FileNotFoundError, ValueError):
            time.sleep(0.02)
    raise TimeoutError


def gone(pid):
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        try:
            if (
                Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
                == "Z"
            ):
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_a_stopped_program_and_its_child_hear_sigterm_and_may_say_goodbye(tmp_path):
    with started(tmp_path, FAMILY.format(handler="bye")) as process:
        family = pids(tmp_path)
    assert all(gone(pid) for pid in family)
    assert process.last_words() == "bye\nbye"


def test_a_program_that_ignores_sigterm_is_killed_with_its_child_after_the_grace(
    tmp_path,
):
    with started(
        tmp_path, FAMILY.format(handler="signal.SIG_IGN"), grace=0.3
    ) as process:
        family = pids(tmp_path)
        began = time.monotonic()
        process.stop()
        assert 0.3 <= time.monotonic() - began < 5
    assert all(gone(pid) for pid in family)


def test_a_child_that_outlives_its_parent_is_ended_too(tmp_path):
    script = (
        "import os, time\nif os.fork() == 0:\n    open('child',"
        " 'w').write(str(os.getpid()))\n    time.sleep(60)"
    )
    with started(
        tmp_path,
        script + "\nelse:\n    open('parent', 'w').write(str(os.getpid()))",
        grace=0.3,
    ) as process:
        _, child = pids(tmp_path)
        assert process.wait(20) == 0
        assert gone(child)


def test_it_ends_when_whoever_started_it_is_killed(tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom sweep.command.program import"
        f" CommandProcess\nhere = Path({str(tmp_path)!r})\nCommandProcess([sys.executable, '-c',"
        f" {FAMILY.format(handler='bye')!r}], here, here, {{}}, 10.0)\ntime.sleep(60)"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    family = pids(tmp_path)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert all(gone(pid) for pid in family)


def test_ctrl_c_in_the_terminal_does_not_reach_it(tmp_path):
    with started(tmp_path, FAMILY.format(handler="bye")) as process:
        parent, _ = pids(tmp_path)
        supervisor = process._process.pid
        os.kill(
            supervisor, signal.SIGINT
        )  # as a terminal sends it to its foreground group
        time.sleep(0.2)
        assert process.wait(0.1) is None
        assert os.getpgid(parent) not in (os.getpgid(supervisor), os.getpgrp())
