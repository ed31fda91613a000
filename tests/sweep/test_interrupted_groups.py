"""What a terminal or a batch system sends to a whole process group is the driver's
business alone."""

import os
import signal
import subprocess
import sys

import pytest

from sweep.model.trial import State
from sweep.study import load
from tests.waiting import wait_for

PROGRAM = """
import sys, time
for epoch in range(int(sys.argv[1].partition("=")[2])):
    print(f"epoch {epoch} f1 {epoch / 10}", flush=True)
    time.sleep(0.25)
"""
COMMAND = """
name: group
command:
  run: [python, program.py, "--epochs=${epochs}"]
  metrics: {output: {epoch: 'epoch (\\d+)', val/f1: 'f1 ([\\d.]+)'}}
metric: {name: val/f1, goal: maximize}
parameters: {epochs: {values: [4, 5]}}
search: {method: grid}
resources: {grace_seconds: 5}
"""
TRAINER = """
import time

def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        time.sleep(0.25)
        if run.report(epoch, {"val/f1": epoch / 10}):
            break
"""
FUNCTION = """
name: group
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: {values: [4, 5]}}
search: {method: grid}
resources: {grace_seconds: 20}
"""
CODES = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}
# Trials are outside the driver's group, whichever signal it gets, and `test_signals.py` sends each
# signal to the driver: by default, each signal once on the serial engine and one on Ray.
SERIAL = [
    pytest.param(COMMAND, signal.SIGHUP, id="command-SIGHUP"),
    pytest.param(COMMAND, signal.SIGTERM, id="command-SIGTERM"),
    pytest.param(FUNCTION, signal.SIGINT, id="function-SIGINT"),
    *(
        pytest.param(study, number, marks=pytest.mark.thorough)
        for study, number in [
            (COMMAND, signal.SIGINT),
            (FUNCTION, signal.SIGHUP),
            (FUNCTION, signal.SIGTERM),
        ]
    ),
]
RAY = [signal.SIGHUP, pytest.param(signal.SIGTERM, marks=pytest.mark.thorough)]


def start(home, study, engine):
    (home / "program.py").write_text(PROGRAM)
    (home / "trainer.py").write_text(TRAINER)
    (home / "study.yaml").write_text(study)
    command = [sys.executable, "-m", "sweep", "run", "study.yaml", "--engine", engine]
    with (home / "said.txt").open("wb") as said:
        driver = subprocess.Popen(
            command, cwd=home, stdout=said, stderr=said, start_new_session=True
        )
    wait_for(b'"event":"epoch"', home / "results/group/events.jsonl", 120)
    return driver


def stopped_and_resumable(home, driver, number):
    """It saved, failed no trial, said how to go on, and goes on to the end, on whichever engine."""
    said = (home / "said.txt").read_text()
    assert driver.wait(60) == CODES[number], (home / "said.txt").read_text()
    said = (home / "said.txt").read_text()
    history = load(home / "results/group").history
    assert not [
        trial for trial in history.trials.values() if trial.state is State.FAILED
    ], said
    assert history.sessions[-1].ended == f"interrupted by {number.name}"
    assert "sweep resume results/group" in said
    resumed = [sys.executable, "-m", "sweep", "resume", "group", "--engine", "serial"]
    done = subprocess.run(
        resumed, cwd=home, capture_output=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    states = [
        trial.state for trial in load(home / "results/group").history.trials.values()
    ]
    assert states == [State.COMPLETE] * 2


@pytest.mark.timeout(300)
@pytest.mark.parametrize("study, number", SERIAL)
def test_the_serial_engine(home, study, number):
    driver = start(home, study, "serial")
    os.killpg(driver.pid, number)
    stopped_and_resumable(home, driver, number)


@pytest.mark.ray
@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", RAY)
def test_ray(home, number):
    driver = start(home, COMMAND, "ray")
    os.killpg(driver.pid, number)
    stopped_and_resumable(home, driver, number)
