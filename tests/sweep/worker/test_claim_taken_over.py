"""A trial that is taken up by another worker is taken up when all of its last attempt is dead."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from sweep import command
from sweep.model.trial import Assignment
from sweep.worker.job import Job
from sweep.worker.trial_starter import TrialStarter

# `alone` writes down which other processes of the trial it finds alive; its own child outlives it.
TRAINER = """
import json, os, signal, sys, time
from pathlib import Path

def alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False

def alone(folder):
    pids = folder / "pids"
    before = pids.read_text().split() if pids.exists() else []
    with (folder / "met").open("a") as file:
        file.write("".join(f"{pid} " for pid in before if alive(pid)))
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        while os.getppid() == parent:
            time.sleep(0.01)
        time.sleep(0.7)
        os._exit(0)
    with pids.open("a") as file:
        file.write(f"{parent if in_a_process else child} {child} ")

in_a_process = __name__ == "__main__"

def train(config, run):
    alone(run.folder)
    for epoch in range(run.proceed(), 3):
        if run.report(epoch, {"m": 1.0}):
            time.sleep(config["slow"])
            break

if in_a_process:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    folder = Path(os.environ["SWEEP_FOLDER"])
    alone(folder)
    for epoch in range(int(os.environ["SWEEP_START_EPOCH"]), 3):
        with (folder / "metrics.jsonl").open("a") as file:
            file.write(json.dumps({"epoch": epoch, "m": 1.0}) + chr(10))
        time.sleep(0.5)
"""
WORKER = """
import json, os, sys, time
from sweep import command
from sweep.model.trial import Assignment
from sweep.worker.job import Job
from sweep.worker.trial_starter import TrialStarter

job, given = json.loads(sys.argv[1])
heard = os.dup(1)  # the trial may have 1
attempt = TrialStarter(command.load, Job(**job)).begin(Assignment(**given))
os.write(heard, attempt.next().kind.encode() + b"\\n")
time.sleep(600)
"""
FORMS = {
    "process": {},
    "shared": {"isolation": "shared"},
    "command": {"command": {"run": [sys.executable, "own.py"], "grace_seconds": 0.5}},
}


@pytest.fixture(params=FORMS)
def job(request, tmp_path):
    (tmp_path / "own.py").write_text(TRAINER)
    return {
        "study": "study",
        "trainer": "own.py:train",
        "base": str(tmp_path),
        "metric": "m",
        "goal": "maximize",
        **FORMS[request.param],
    }


def given(folder, attempt=1, last_epoch=None, slow=0.0):
    return {
        "trial": 0,
        "label": "label",
        "config": {"slow": slow},
        "seed": 0,
        "fold": None,
        "folds": None,
        "attempt": attempt,
        "folder": str(folder / "trial"),
        "last_epoch": last_epoch,
        "checkpoints": {},
    }


def starter(job):
    return TrialStarter(command.load, Job(**job))


def to_its_end(attempt):
    while (message := attempt.next()).kind == "epoch":
        pass
    attempt.stop()
    return message


def test_a_trial_whose_worker_was_killed_goes_on_when_what_it_started_is_dead(
    job, tmp_path
):
    said = json.dumps([job, given(tmp_path)])
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, said], stdout=subprocess.PIPE
    )
    assert worker.stdout.readline() == b"epoch\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    second = starter(job)
    end = to_its_end(
        second.begin(Assignment(**given(tmp_path, attempt=2, last_epoch=0)))
    )
    second.close()
    assert (end.kind, end.failure) == ("end", "")
    assert len((tmp_path / "trial/pids").read_text().split()) == 4, (
        "both attempts began"
    )
    assert (tmp_path / "trial/met").read_text() == ""


def test_a_paused_trial_goes_on_elsewhere_when_it_has_stopped_here(job, tmp_path):
    first, second = starter(job), starter(job)
    paused = first.begin(Assignment(**given(tmp_path, slow=0.5)))
    assert paused.next().kind == "epoch"
    began = time.monotonic()
    stopping = threading.Thread(target=paused.stop)
    stopping.start()
    end = to_its_end(
        second.begin(Assignment(**given(tmp_path, attempt=2, last_epoch=0)))
    )
    assert (end.kind, end.failure) == ("end", "")
    assert time.monotonic() - began > 0.4
    stopping.join()
    first.close()
    second.close()
