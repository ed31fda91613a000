"""What a trial left running is ended with it, whether it was its child or had left its session."""

import subprocess
import sys

import pytest

from sweep.worker import kernel
from tests.sweep.worker.heard import messages, running


@pytest.mark.parametrize(
    "trainer, seconds", [("starts_others", "86398"), ("starts_and_dies", "86397")]
)
def test_what_a_trial_started_ends_with_it(begin, trainer, seconds):
    messages(begin(trainer))
    assert not running(seconds)


ADOPTING = """
import os, subprocess, sys, time
sys.path[:] = {path!r}
from sweep.worker import kernel
from sweep.worker.orphans import end_orphans
kernel.adopt_orphans()
starts = "import os, time; os.fork() or (os.setsid(), time.sleep(600))"
subprocess.run([sys.executable, "-S", "-c", starts])
began = time.monotonic()
print(end_orphans(), kernel.children(), time.monotonic() - began < 5)
"""


@pytest.mark.skipif(not kernel.LINUX, reason="elsewhere orphans are not adopted")
def test_an_orphan_is_adopted_ended_and_reaped():
    source = ADOPTING.format(path=sys.path)
    said = subprocess.check_output([sys.executable, "-S", "-c", source], text=True)
    assert said == "1 [] True\n"
