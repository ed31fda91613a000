"""One writer a study: whoever else comes is refused at once and told who writes;
readers and writers never wait."""

import errno
import fcntl
import itertools
import json
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import time

import pytest

import sweep.study
from sweep.errors import StudyLocked, SweepError
from sweep.log import lock
from sweep.log.event_log import EventLog
from sweep.log.lock import is_held
from sweep.log.reader import replay
from sweep.study import load

TRAINER = """
import time

def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        time.sleep(0.02)
        if run.report(epoch, {"val/f1": epoch / 10}):
            break
"""
STUDY = """
name: small
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, rate: {values: [1, 2]}}
ablation: {baseline: {rate: 1}, seeds: [0], designs: {arms: {fast: {rate: 2}}}}
"""
TIMES = 1000


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a study that has run, which is the working folder."""
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "study.yaml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    sweep.study.run("study.yaml", engine="serial")
    return tmp_path


@pytest.fixture
def path(home):
    return home / "results/small/events.jsonl"


HOLDER = """
import os, socket, sys, time
from pathlib import Path
from sweep.log.event_log import EventLog
with EventLog(Path(sys.argv[1])) as log:
    log.append({"event": "session_started", "pid": os.getpid(), "host": socket.gethostname(), "command": "",
                "environment": {}, "files": {}})
    print("holding", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(path):
    """Another process that is writing the study."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def test_every_one_of_a_thousand_second_resumes_is_refused_and_told_who_writes(
    holder, path
):
    before = path.read_bytes()
    refused = 0
    for _ in range(TIMES):
        with pytest.raises(
            StudyLocked, match=rf"process {holder.pid} on .*sweep status"
        ):
            sweep.study.resume("small", engine="serial")
        refused += 1
    assert refused == TIMES
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "command",
    [
        ["resume", "small"],
        ["resume", "small", "--extend"],
        ["run", "study.yaml", "--resume"],
    ],
)
def test_the_command_line_ends_with_3_and_names_the_holder(holder, path, command):
    before = path.read_bytes()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-m", "sweep", *command],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert f"process {holder.pid} on " in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_bytes() == before


def attempt(path, start, held, outcomes):
    """One of several processes that want the lock at the same moment."""
    start.wait()
    try:
        with EventLog(path) as log:
            log.append(
                {
                    "event": "session_started",
                    "pid": os.getpid(),
                    "host": os.uname().nodename,
                    "command": "",
                },
            )
            outcomes.put(("won", os.getpid(), ""))
            held.wait(30)
    except StudyLocked as refused:
        outcomes.put(("refused", os.getpid(), str(refused)))


def test_of_processes_that_race_for_a_study_one_wins_and_the_others_are_told_so(path):
    several = 6
    context = multiprocessing.get_context("fork")
    start, held, outcomes = context.Barrier(several), context.Event(), context.Queue()
    processes = [
        context.Process(target=attempt, args=(path, start, held, outcomes))
        for _ in range(several)
    ]
    for process in processes:
        process.start()
    found = [outcomes.get(timeout=60) for _ in range(several)]
    held.set()
    for process in processes:
        process.join(30)
    winners = [pid for what, pid, _ in found if what == "won"]
    assert len(winners) == 1
    for what, _, message in found:
        if what == "refused":
            assert re.search(
                rf"written by (process {winners[0]} on |another process that is just starting)",
                message,
            )
    assert (
        sum(event["event"] == "session_started" for event in replay(path).events) == 2
    )


def test_the_holder_of_a_long_log_is_named_without_reading_it_all(tmp_path):
    path = tmp_path / "events.jsonl"
    with EventLog(path, sync=lambda fd: None) as log:
        log.append({"event": "session_started", "pid": os.getpid(), "host": "node-7"})
        log.append({"event": "trial_created", "config": {"event": "session_ended"}})
        log.append(
            *[{"event": "epoch", "metrics": {"val/f1": n / 3}} for n in range(50_000)]
        )
        began = time.perf_counter()
        with pytest.raises(StudyLocked, match=f"process {os.getpid()} on node-7"):
            EventLog(path)
        assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "last",
    [
        b"",
        b"\n",
        b'{"event":"session_started"',
        b'{"event":"session_started","pid":"x","host":3}\n',
        b"\xff\xfe",
        b"[1]\n",
    ],
)
def test_whatever_the_log_holds_a_second_writer_is_refused_in_plain_words(
    tmp_path, last
):
    path = tmp_path / "events.jsonl"
    path.write_bytes(last)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(StudyLocked, match="is being written by"):
            EventLog(path)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_refused_with_what_to_do(
    tmp_path, monkeypatch, code
):
    def unsupported(fd, kind):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(lock.fcntl, "flock", unsupported)
    with pytest.raises(
        SweepError, match=r"does not support locks.*--results DIR"
    ) as refused:
        EventLog(tmp_path / "events.jsonl")
    assert not isinstance(refused.value, StudyLocked)


# --------------------------------------------------------------------------- readers


def test_a_reader_that_looks_at_the_lock_never_keeps_a_writer_out(path):
    done = threading.Event()

    def look():
        while not done.is_set():
            is_held(path)

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(200):
            EventLog(path).close()
    finally:
        done.set()
        for reader in readers:
            reader.join()


@pytest.mark.parametrize(
    "command",
    [["status"], ["status", "small"], ["show", "small", "0"], ["verify", "small"]],
)
def test_reading_waits_for_no_writer(holder, home, command, capsys):
    from typer.testing import CliRunner

    from sweep import cli

    began = time.perf_counter()
    result = CliRunner().invoke(cli.app, command)
    assert result.exit_code == 0, result.output
    assert time.perf_counter() - began < 20
    if command[0] == "status":
        assert "running" in result.output


def test_a_study_that_is_read_while_it_is_written_is_a_story_so_far(home, path):
    (home / "results/small/events.jsonl").unlink()
    seen, done = [], threading.Event()

    def read():
        while not done.is_set():
            if path.exists() and path.read_bytes().count(b"\n"):
                history = load("small").history
                seen.append([len(trial.reports) for trial in history.trials.values()])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        sweep.study.run("study.yaml", engine="serial")
    finally:
        done.set()
        reader.join()
    assert seen
    for before, after in itertools.pairwise(seen):
        assert all(a <= b for a, b in zip(before, after, strict=False)), (
            "no epoch that was there is gone"
        )
    assert json.loads(path.read_bytes().splitlines()[-1])["event"] == "session_ended"
