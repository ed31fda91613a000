"""A worker's attempt: however a trainer ends, the study hears of it in one message."""

import os
import subprocess
import sys
import threading

import pytest

from sweep import command
from sweep.model.trial import Assignment
from sweep.worker.attempt import Attempt
from sweep.worker.job import Job

BODIES = {
    "good": (
        "for epoch in range(run.restore(), 3):\n        if run.report(epoch, {'m':"
        " epoch / 10}): break"
    ),
    "raises": (
        "run.report(0, {'m': 0.1})\n    raise ValueError('wrong shape\\nsecond line')"
    ),
    "slow": (
        "import time\n    for epoch in range(9): time.sleep(0.05); run.report(epoch,"
        " {'m': 0.1})"
    ),
    "stubborn": "for epoch in range(9): run.report(epoch, {'m': 0.1})",
    "chatty": "print('said in Python'); import os; os.write(1, b'said in C\\n')",
}


@pytest.fixture
def begin(tmp_path):
    """`begin(name)` starts an attempt with the trainer of that name."""
    source = ""
    for name, body in BODIES.items():
        source += f"def {name}(config, run):\n    {body}\n"
    (tmp_path / "own.py").write_text(source)

    def start(name, attempt=1, last_epoch=None, capture=False, judged=None, **more):
        job = Job("study", f"own.py:{name}", str(tmp_path), "m", "maximize", **more)
        folder = str(tmp_path / "trial")
        given = Assignment(
            7,
            "focal γ",
            {"epochs": 3},
            5,
            None,
            None,
            attempt,
            folder,
            last_epoch,
            {},
            judged=judged,
        )
        return Attempt(command.load, job, given, capture=capture)

    return start


def messages(attempt):
    found = [attempt.next()]
    while found[-1].kind == "epoch":
        found.append(attempt.next())
    attempt.stop()
    return found


def test_an_attempt_sends_each_epoch_and_then_its_end(begin):
    heard = messages(begin("good"))
    assert [m.kind for m in heard] == ["epoch"] * 3 + ["end"]
    assert [m.report.epoch for m in heard[:3]] == [0, 1, 2]
    assert heard[-1].overhead >= 0


def test_reports_without_a_decision_arrive_together_with_the_end(begin):
    attempt = begin("good", judged=[])
    heard = attempt.next_messages(60.0)
    assert [m.kind for m in heard] == ["epoch"] * 3 + ["end"]
    assert [m.report.waits for m in heard[:3]] == [False] * 3
    attempt.stop()


def test_a_trainer_waits_only_at_epochs_at_which_it_may_be_stopped(begin):
    attempt = begin("stubborn", judged=[2, 6])
    assert [m.report.epoch for m in attempt.next_messages(60.0)] == [0, 1]
    assert [m.report.epoch for m in attempt.next_messages(60.0)] == [2, 3, 4, 5]
    attempt.stop()
    assert not any(thread.name == "trial-7" for thread in threading.enumerate())


def test_a_report_is_passed_on_while_the_trainer_continues(begin):
    attempt = begin("slow", judged=[])
    assert [m.report.epoch for m in attempt.next_messages(0.0)] == [0]
    attempt.stop()


def test_a_trainer_waits_for_the_verdict_on_each_report(begin):
    attempt = begin("good")
    assert attempt.next().report.epoch == 0
    assert any(thread.name == "trial-7" for thread in threading.enumerate())
    assert attempt.stop().kind == "end"
    assert attempt.stop() is None, "its last message was returned"
    assert not any(thread.name == "trial-7" for thread in threading.enumerate())


def test_polling_gives_up_after_a_moment_and_lets_each_epoch_begin_once(begin):
    attempt = begin("good")
    heard = []
    while not heard or heard[-1].kind == "epoch":
        message = attempt.poll(0.001)
        heard += [] if message is None else [message]
    assert [m.kind for m in heard] == ["epoch"] * 3 + ["end"]
    assert attempt.stop() is None


def test_a_trainer_that_ignores_a_stop_is_ended_all_the_same(begin):
    attempt = begin("stubborn")
    attempt.next()
    attempt.stop()
    assert not any(thread.name == "trial-7" for thread in threading.enumerate())


CAPTURING = """
import os, sys
from sweep.model.trial import Assignment
from sweep import command
from sweep.worker.attempt import Attempt
from sweep.worker.job import Job

for number, name in enumerate(["chatty", "raises"], start=1):
    job = Job("study", f"own.py:{name}", sys.argv[1], "m", "maximize")
    folder = sys.argv[1] + "/trial"
    assignment = Assignment(7, "label", {}, 5, None, None, number, folder, None, {})
    attempt = Attempt(command.load, job, assignment)
    while attempt.next().kind == "epoch":
        pass
    attempt.stop()
print("back again")
os.write(2, b"and here")
"""


def test_what_a_trainer_prints_goes_to_its_own_file_attempt_by_attempt(begin, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CAPTURING, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.stdout, done.stderr) == ("back again\n", "and here")
    output = (tmp_path / "trial" / "output.txt").read_text()
    first, second = output.split("--- attempt 2\n")
    assert first.startswith("--- attempt 1\n")
    assert {"said in Python", "said in C"} <= set(first.splitlines())
    assert "Traceback" in second
    assert "wrong shape" in second


def test_a_resumed_attempt_hears_of_no_epoch_beyond_what_the_study_knows(begin):
    heard = messages(begin("good", attempt=2, last_epoch=0))
    assert [m.report.epoch for m in heard[:-1]] == [0, 1, 2], (
        "no state registered: trained from the start"
    )
