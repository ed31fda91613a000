"""A trial's process ends in order: threads, exit hooks, worker processes."""

import subprocess
import sys

from tests.sweep.worker.heard import messages


def test_an_exit_is_orderly(begin, tmp_path):
    assert messages(begin("exit_hooks"))[-1].kind == "end"
    left = sorted(path.name for path in (tmp_path / "trial0").iterdir())
    assert {"hook", "thread"} <= set(left), (
        "exit hooks ran, and threads were waited for"
    )
    assert not [name for name in left if name.startswith("tmp")]


LEAVING = """
import atexit, sys
sys.path[:] = {path!r}
from sweep.worker import leaving
atexit.register(print, "of the template")
leaving.forget_inherited_hooks()
atexit.register(print, "of the trial")
atexit.register(lambda: 1 / 0)
leaving.leave(7)
"""


def test_the_trial_s_own_hooks_run_all_of_them_and_those_of_its_template_do_not():
    source = LEAVING.format(path=sys.path)
    done = subprocess.run(
        [sys.executable, "-S", "-c", source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, "of the trial\n")
    assert "ZeroDivisionError" in done.stderr
