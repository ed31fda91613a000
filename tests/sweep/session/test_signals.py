"""Signals: a study that is told to stop saves, stops in time and goes on later, whoever
tells it and however."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.study import load
from tests import waiting

TRAINER = """
import time

def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        time.sleep(0.1)
        if run.report(epoch, {"val/f1": epoch / 10}):
            break

def stuck(config, run):
    run.report(run.restore(), {"val/f1": 0.5})
    time.sleep(60)
"""
STUDY = """
name: small
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 6, rate: {values: [1, 2]}}
ablation: {baseline: {rate: 1}, seeds: [0, 1], designs: {arms: {fast: {rate: 2}}}}
resources: {grace_seconds: 5}
"""
SCRIPT = """
import json, os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
open("child-%d" % child.pid, "w").close()
for epoch in range(100):
    time.sleep(0.2)
    with open("metrics.jsonl", "a") as file:
        file.write(json.dumps({"epoch": epoch, "val/f1": epoch / 100}) + "\\n")
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a study of four trials, which is the working folder."""
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "study.yaml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


DRIVER = """
import sys
from sweep.errors import SweepError
from sweep.study import run
try:
    run("study.yaml", engine=sys.argv[1], go_on=True)
except SweepError as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
"""  # `sweep run study.yaml --resume` without the report


def start(home, engine="serial", line=("-c", DRIVER), **options):
    """The line that a batch job holds: it starts the study, or goes on with it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    usual = {
        "cwd": home,
        "env": environment,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }
    return subprocess.Popen([sys.executable, *line, engine], **{**usual, **options})


def wait_for(home, text, seconds=90.0):
    waiting.wait_for(text, home / "results/small/events.jsonl", seconds)


def finish(home, engine="serial"):
    """Start the same line again, let it end, and return the trials' states."""
    with start(home, engine) as process:
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return Counter(
        trial.state for trial in load(home / "results/small").history.trials.values()
    )


def alive(pid):
    return Path(f"/proc/{pid}").exists()


def each_epoch_once(home):
    events = replay(home / "results/small/events.jsonl").events
    epochs = Counter(
        (event["trial"], event["epoch"])
        for event in events
        if event["event"] == "epoch"
    )
    return set(epochs.values()) == {1}


# --------------------------------------------------------------------------- who tells it


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1]
)
def test_every_stop_signal_stops_the_study_and_the_same_command_resumes_it(
    home, number
):
    with start(home) as process:
        wait_for(home, b'"event":"epoch"')
        process.send_signal(number)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "Continue with: sweep resume" in said
    assert "Traceback" not in said
    assert load("small").history.sessions[-1].ended == f"interrupted by {number.name}"
    assert finish(home) == {State.COMPLETE: 4}
    assert each_epoch_once(home)


def test_under_nohup_a_closed_terminal_stops_nothing(home):
    with start(
        home, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ) as process:
        wait_for(home, b'"event":"epoch"')
        process.send_signal(signal.SIGHUP)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert len(load("small").history.sessions) == 1


def test_a_study_can_be_resumed_after_its_terminal_was_closed(home):
    ours, theirs = pty.openpty()
    line = ("-m", "sweep", "run", "study.yaml", "--resume", "--engine")
    with start(
        home,
        line=line,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        wait_for(home, b'"event":"epoch"')
        os.close(ours)  # the window is gone: every write to it fails
        process.send_signal(signal.SIGHUP)
        process.wait(timeout=30)
    assert process.returncode == 128 + signal.SIGHUP
    assert load("small").history.sessions[-1].ended == "interrupted by SIGHUP"
    assert finish(home) == {State.COMPLETE: 4}


def test_a_closed_output_pipe_does_not_stop_the_study(home):
    """`sweep run … | head -1`."""
    with start(
        home, line=("-m", "sweep", "run", "study.yaml", "--resume", "--engine")
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        process.wait(timeout=60)
    assert {trial.state for trial in load("small").history.trials.values()} == {
        State.COMPLETE
    }
    assert load("small").history.sessions[-1].ended == "done"


# --------------------------------------------------------------------------- how often


def test_a_signal_delivered_twice_at_once_counts_once(home):
    with start(home) as process:
        wait_for(home, b'"event":"epoch"')
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 143
    assert load("small").history.sessions[-1].ended == "interrupted by SIGTERM", (
        "it was not cut short"
    )


def test_a_warning_of_the_batch_system_and_then_its_sigterm_end_at_once(home):
    (home / "study.yaml").write_text(
        STUDY.replace("own.py:train", "own.py:stuck").replace(
            "_seconds: 5", "_seconds: 60"
        )
    )
    with start(home) as process:
        wait_for(home, b'"event":"epoch"')
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert process.poll() is None, "a hang-up is no hurry"
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=5)
    assert process.returncode == 143
    assert "every recorded trial is safe" in said


# --------------------------------------------------------------------------- stopped and continued


def test_after_ctrl_z_and_fg_no_trial_is_taken_for_hung(bench):
    study = bench()
    study.text += "resources: {no_progress_minutes: 10}\n"
    (study.folder / "study.yaml").write_text(study.text)
    study.create()
    now = [0.0]

    def watch(schedule):
        number = schedule.next().trial
        schedule.started(number)
        now[0] = 36_000.0  # stopped for ten hours
        schedule.continued()
        assert schedule.silent() == set()
        now[0] += 601.0
        assert schedule.silent() == {number}, "and a trial that hangs is still found"

    study.session(before=watch, clock=lambda: now[0])


def test_a_process_that_was_stopped_goes_on_to_the_end(home):
    with start(home) as process:
        wait_for(home, b'"event":"epoch"')
        process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert each_epoch_once(home)


# --------------------------------------------------------------------------- the real thing


@pytest.mark.ray
def test_a_batch_system_that_preempts_and_requeues_loses_nothing(home):
    """SIGTERM while trials run on Ray, each a program with children: all are gone when
    the grace is over."""
    (home / "script.py").write_text(SCRIPT)
    (home / "study.yaml").write_text(
        STUDY.replace(
            "trainer: own.py:train",
            'command: {run: [python, "'
            + str(home / "script.py")
            + '"], workdir: trial}',
        ).replace("epochs: 6, ", "")
    )
    with start(home, "ray", start_new_session=True) as process:
        wait_for(home, b'"epoch":2')
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 143, said
    assert load("small").history.sessions[-1].ended == "interrupted by SIGTERM"
    children = [
        int(path.name.removeprefix("child-"))
        for path in home.glob("results/small/trials/*/child-*")
    ]
    assert children
    until = time.monotonic() + 10
    while any(alive(pid) for pid in children) and time.monotonic() < until:
        time.sleep(0.1)
    assert not [pid for pid in children if alive(pid)], "no child of a program is left"
    assert load("small").history.unfinished(), "and they go on later"
