"""Where a template process must not be forked, each trial starts in a new one, and that is said."""

import os

import pytest

from sweep.model.trial import Assignment
from sweep.worker import kernel
from sweep.worker.job import Job
from sweep.worker.template import Template
from sweep.worker.trial_process import TrialProcess

TRAINER = """
import sys
import threading
import time

def train(config, run):
    (run.folder / "forked").write_text(str("sweep.worker.template_process" in sys.modules))
    run.report(0, {"m": 1.0})
"""
# What the trainer's module does when it is imported → what is said of it.
OBSTACLES = {
    "from sweep.worker import forkable; forkable._has_cuda = lambda: True": "started CUDA",
    "from sweep.worker import kernel; kernel.LINUX = False": "this system cannot fork",
    "threading.Thread(target=time.sleep, args=(600,), daemon=True, name='own').start()": (
        "started threads (own)"
    ),
    "from sweep.worker import kernel; kernel.threads = lambda: ['strange']": (
        "started native threads (strange)"
    ),
}


@pytest.mark.parametrize("line", OBSTACLES)
def test_a_trainer_that_cannot_be_forked_runs_in_new_processes_with_one_notice(
    tmp_path, line
):
    (tmp_path / "own.py").write_text(f"{TRAINER}\n{line}\n")
    job = Job("study", "own.py:train", str(tmp_path), "m", "maximize")
    template = Template()
    notices = []
    for number in range(2):
        folder = str(tmp_path / str(number))
        given = Assignment(
            number, "label", {}, 0, None, None, 1, folder, None, {}, judged=[]
        )
        attempt = TrialProcess(template, job, given)
        heard = [attempt.next(), attempt.next()]
        assert [message.kind for message in heard] == ["epoch", "end"], heard[
            -1
        ].failure
        notices += [text for message in heard for text in message.notices]
        attempt.stop()
    template.close()
    assert {(tmp_path / str(n) / "forked").read_text() for n in range(2)} == {"False"}
    assert len(notices) == 1
    assert OBSTACLES[line] in notices[0]
    assert "each trial starts in a new process" in notices[0]


def test_functions_of_the_linux_kernel_do_nothing_on_other_systems(
    monkeypatch,
):
    monkeypatch.setattr(kernel, "LINUX", False)
    monkeypatch.setattr(kernel, "_library", lambda: pytest.fail("there is no prctl"))
    kernel.die_with_parent(os.getppid())
    kernel.outlive_parent()
    kernel.adopt_orphans()
    kernel.name_process("name")
    assert kernel.pidfd(os.getpid()) is None
