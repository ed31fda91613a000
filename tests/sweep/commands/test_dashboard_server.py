"""optuna-dashboard on a study: it is served to this machine, shows the trials, follows
the log, and changes nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from sweep.commands import dashboard_server
from sweep.commands.dashboard_copy import Copy
from sweep.errors import UsageError
from sweep.log.event_log import FILE_NAME
from sweep.study import Study

ROOT = Path(__file__).parents[3]
ABLATION_ONLY = """
name: arms
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 2, layers: 1}
ablation: {baseline: {layers: 2}, seeds: [0]}
"""


def got(address, path, host=None):
    request = urllib.request.Request(
        address + path, headers={} if host is None else {"Host": host}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


def trials(address):
    (shown,) = json.loads(got(address, "/api/studies"))["study_summaries"]
    return shown, json.loads(got(address, f"/api/studies/{shown['study_id']}?after=0"))[
        "trials"
    ]


@pytest.fixture
def served(bench):
    """A finished study, the address of its dashboard as a user starts it, and the process."""
    study = bench()
    study.run()
    folder = study.folder
    command = [sys.executable, "-m", "sweep", "dashboard", str(folder), "--port", "0"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    )
    line = process.stdout.readline()
    yield study, line.split(": ", 1)[1].split("/dashboard/")[0], process
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_shows_the_trials_and_ctrl_c_ends_it(served):
    study, address, process = served
    before = study.log.read_bytes()
    assert address.startswith("http://127.0.0.1:")
    assert "<html" in got(address, "/dashboard/").lower()
    shown, found = trials(address)
    history = Study(study.folder).history
    searched = history.stage("search")
    assert shown["study_name"] == "conditional"
    assert len(found) == len(searched) == 6
    for trial, mine in zip(found, searched, strict=True):
        values = {
            each["name"]: each["param_external_value"] for each in trial["params"]
        }
        assert values["loss_type"].strip("'\"") == mine.config["loss_type"]
        assert float(values["learning_rate"]) == mine.config["learning_rate"]
        assert {
            e["step"]: e["value"] for e in trial["intermediate_values"]
        } == mine.curve("val/f1")
        assert trial["state"].lower() == mine.state.value
    with pytest.raises(urllib.error.HTTPError, match="403"):
        got(address, "/api/studies", host="elsewhere.example:80")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert "the study is unchanged" in process.stdout.read()
    assert study.log.read_bytes() == before


def test_it_follows_a_study_that_runs(bench):
    study = bench()
    study.run()
    lines = study.log.read_bytes().splitlines(keepends=True)
    ended = [i for i, line in enumerate(lines) if b'"trial_finished"' in line]
    early = study.killed_copy(
        study.folder.parent / "early", b"".join(lines[: ended[1]])
    )
    copy = Copy(Study(early.folder).history)
    states = [trial.state.name for trial in copy.storage.get_all_trials(0)]
    assert states.count("RUNNING") == 1
    stopped = threading.Event()
    following = threading.Thread(
        target=dashboard_server._follow, args=(copy, early.folder, stopped, 0.05)
    )
    following.start()
    (early.folder / FILE_NAME).write_bytes(b"".join(lines))
    until = time.monotonic() + 20
    while time.monotonic() < until and len(copy.storage.get_all_trials(0)) < 6:
        time.sleep(0.05)
    time.sleep(0.2)
    stopped.set()
    following.join()
    fresh = Copy(Study(study.folder).history)
    for now, then in zip(
        copy.storage.get_all_trials(0), fresh.storage.get_all_trials(0), strict=True
    ):
        assert (now.state, now.values, now.params) == (
            then.state,
            then.values,
            then.params,
        )
        assert now.intermediate_values == then.intermediate_values


def test_a_study_without_a_search_and_a_taken_port_are_refused(bench, monkeypatch):
    arms = bench(ABLATION_ONLY)
    arms.run()
    with pytest.raises(UsageError, match="has no search"):
        dashboard_server.serve(Study(arms.folder), port=0, say=print)
    study = bench()
    study.run()
    with socket.socket() as taken:
        taken.bind((dashboard_server.HOST, 0))
        taken.listen()
        with pytest.raises(UsageError, match="Choose another: --port 0"):
            dashboard_server.serve(
                Study(study.folder), port=taken.getsockname()[1], say=print
            )
    monkeypatch.setattr(dashboard_server, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "sweep-ablation\[dashboard\]"'):
        dashboard_server.serve(Study(study.folder), port=0, say=print)
