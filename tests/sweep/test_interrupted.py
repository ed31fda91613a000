"""Studies that a signal or a kill ends: they save, say how to go on, and resume to the same end."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter

import pytest

from sweep.errors import (
    Interrupted,
    StudyLocked,
)
from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.study import load
from tests import waiting
from tests.sweep.small import resume, run, states, write


def test_the_first_signal_lets_the_running_trial_report_and_a_resume_completes_the_study(
    home,
):
    write(home, ("own.py:train", "own.py:interrupting"))
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(
        Interrupted,
        match=r"(?s)interrupted by SIGINT: 2 trials have ended.*sweep resume results/small",
    ) as hit:
        run()
    assert hit.value.exit_code == 130
    assert signal.getsignal(signal.SIGINT) is before
    left = load("small").history
    assert left.sessions[-1].ended == "interrupted by SIGINT"
    (trial,) = left.unfinished()
    assert (trial.number, trial.reason) == (2, "interrupted by SIGINT")
    assert len(trial.reports) in (1, 2), (
        "its trainer waits for no answer: the one may be heard before the other"
    )
    assert states(resume()) == {State.COMPLETE: 7}
    epochs = Counter(
        (e["trial"], e["epoch"])
        for e in replay(home / "results/small/events.jsonl").events
        if e["event"] == "epoch"
    )
    assert len(epochs) == 21
    assert set(epochs.values()) == {1}


DRIVER = """
import sys
from sweep.errors import SweepError
from sweep.study import run
try:
    run("study.yaml", engine="serial")
except SweepError as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
"""


def drive(home):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(DRIVER)],
        cwd=home,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(home, text, seconds=60.0):
    waiting.wait_for(text, home / "results/small/events.jsonl", seconds)


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signalled_process_says_how_to_continue_and_exits_as_shells_expect(
    home, number, code
):
    write(home, ("own.py:train", "own.py:slow"))
    with drive(home) as process:
        wait_for(home, b'"event":"epoch"')
        process.send_signal(number)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == code
    assert "sweep resume" in said
    assert states(resume()) == {State.COMPLETE: 7}


def test_a_second_signal_ends_the_process_at_once_and_loses_nothing_recorded(home):
    write(home, ("own.py:train", "own.py:stuck"))
    with drive(home) as process:
        wait_for(home, b'"event":"epoch"')
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None, "the first one waits for the trial's next report"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert [len(t.reports) for t in load("small").history.unfinished()] == [1]


def test_a_killed_process_leaves_a_study_that_resumes_to_the_same_end(home):
    write(home, ("own.py:train", "own.py:slow"))
    with drive(home) as process:
        wait_for(home, b'"trial":1,"epoch":1')
        process.kill()
    study = resume()
    assert states(study) == {State.COMPLETE: 7}
    assert all(
        [r.epoch for r in t.reports] == [0, 1, 2] for t in study.history.trials.values()
    )


def test_a_study_that_is_being_written_is_refused_and_its_writer_named(home):
    write(home, ("own.py:train", "own.py:slow"))
    with drive(home) as process:
        wait_for(home, b'"event":"epoch"')
        with pytest.raises(StudyLocked, match=f"process {process.pid} on "):
            resume()
        assert load("small").history.running, "reading goes on"
        process.kill()
