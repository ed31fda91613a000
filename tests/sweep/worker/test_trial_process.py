"""A trial in a process of its own: however it ends, the study hears how, and nothing is left."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from sweep.model.trial import Assignment
from sweep.worker.job import Job
from sweep.worker.template import Template
from sweep.worker.trial_process import TrialProcess

BODIES = {
    "good": "loop(config, run)",
    "main_thread": """import threading, signal
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    assert threading.current_thread() is threading.main_thread()
    loop(config, run)""",
    "asynchronous": """import asyncio
    asyncio.run(asyncio.sleep(0))
    loop(config, run)""",
    "leaves": "loop(config, run); os._exit(3)",
    "crashes": "loop(config, run); os.kill(os.getpid(), signal.SIGSEGV)",
    "killed": "loop(config, run); os.kill(os.getpid(), signal.SIGKILL)",
    "exits_well": "loop(config, run); sys.exit(0)",
    "exits_badly": "loop(config, run); sys.exit(1)",
    "slow": """for epoch in range(100):
        time.sleep(0.05)
        if run.report(epoch, {"m": 1.0}): break""",
    "deaf": """run.report(0, {"m": 1.0})
    time.sleep(600)""",
    "stdout_none": "sys.stdout = sys.stderr = None; loop(config, run)",
    "closes_streams": "sys.stdout.close(); loop(config, run)",
    "starts_others": """subprocess.Popen(["sleep", "86398"])
    subprocess.Popen(["sleep", "86398"], start_new_session=True)
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid(); time.sleep(86398)
        os._exit(0)
    os.wait()
    loop(config, run)""",
    "starts_and_dies": """subprocess.Popen(["sleep", "86397"], start_new_session=True)
    loop(config, run); os._exit(1)""",
    "waits_at_exit": """import threading
    threading.Thread(target=time.sleep, args=(600,)).start()
    loop(config, run)""",
    "exit_hooks": """import atexit, threading, multiprocessing, tempfile
    folder = tempfile.TemporaryDirectory(dir=run.folder)
    atexit.register(lambda: open(run.folder / "hook", "w").close())
    late = lambda: (time.sleep(0.1), open(run.folder / "thread", "w").close())
    threading.Thread(target=late).start()
    run.kept = folder
    loop(config, run)""",
    "many": """for epoch in range(2000):
        if run.report(epoch, {"m": float(epoch), "long name " * 50: 1.0}): break""",
    "closes_everything": "os.closerange(3, 1000); loop(config, run)",
    "draws": """import random, uuid, tempfile
    import numpy as np
    import torch
    draws = [random.random(), float(np.random.rand()), float(torch.rand(1))]
    names = [uuid.uuid4().hex, next(tempfile._get_candidate_names())]
    (run.folder / "drawn").write_text(" ".join(map(str, draws + names)))
    loop(config, run)""",
    "sees_seed": """import random
    (run.folder / "drawn").write_text(str(random.random()))
    loop(config, run)""",
}
HEAD = """import os, signal, subprocess, sys, time
def loop(config, run):
    for epoch in range(run.proceed(), 3):
        if run.report(epoch, {"m": epoch / 10}): break
"""


@pytest.fixture
def template():
    started = Template()
    yield started
    started.close()


@pytest.fixture
def begin(tmp_path, template):
    """`begin(name)` starts an attempt with the trainer of that name."""
    source = HEAD
    for name, body in BODIES.items():
        source += f"def {name}(config, run):\n    {body}\n"
    (tmp_path / "own.py").write_text(source)
    numbers = iter(range(1000))

    def start(name, judged=None, **more):
        job = Job("study", f"own.py:{name}", str(tmp_path), "m", "maximize", **more)
        number = next(numbers)
        folder = str(tmp_path / f"trial{number}")
        given = Assignment(number, "label", {}, 5, None, None, 1, folder, None, {}, judged=judged)
        return TrialProcess(template, job, given)

    return start


def messages(attempt):
    found = [attempt.next()]
    while found[-1].kind == "epoch":
        found.append(attempt.next())
    attempt.stop()
    return found


def running(seconds):
    """Processes that sleep for so long."""
    return [p for p in psutil.process_iter(["cmdline"]) if seconds in (p.info["cmdline"] or [])]


@pytest.mark.parametrize(
    "trainer",
    [
        "good",
        "main_thread",
        "asynchronous",
        "exits_well",
        "stdout_none",
        "closes_streams",
        "starts_others",
    ],
)
def test_a_trial_is_heard_epoch_by_epoch_and_then_its_end(begin, trainer):
    heard = messages(begin(trainer))
    assert [m.kind for m in heard] == ["epoch"] * 3 + ["end"]
    assert [m.report.epoch for m in heard[:3]] == [0, 1, 2]
    assert heard[-1].overhead >= 0


@pytest.mark.parametrize(
    "trainer, kind, reason",
    [
        ("leaves", "lost", "the trial's process left with os._exit(3)"),
        ("crashes", "lost", "the trial's process was killed by signal 11 (SIGSEGV)"),
        ("killed", "lost", "the trial's process was killed by signal 9 (SIGKILL)"),
        ("exits_badly", "failed", "the trainer called sys.exit(1)"),
    ],
)
def test_a_death_is_named_and_every_report_before_it_is_heard(begin, trainer, kind, reason):
    heard = messages(begin(trainer, judged=[]))
    assert [m.kind for m in heard] == ["epoch"] * 3 + [kind]
    assert heard[-1].failure == reason
    assert [m.kind for m in messages(begin("good"))][-1] == "end", "the next trial knows nothing"


def test_reports_that_nobody_waits_for_are_not_lost_however_many_they_are(begin):
    attempt = begin("many", judged=[])
    time.sleep(0.5)  # it fills the socket and waits
    heard = messages(attempt)
    assert [m.report.epoch for m in heard[:-1]] == list(range(2000))


def test_a_trainer_that_is_told_to_stop_stops(begin):
    attempt = begin("slow", judged=[])
    assert attempt.next().report.epoch == 0
    began = time.monotonic()
    attempt.stop()
    assert time.monotonic() - began < 5


def test_a_trainer_that_ignores_a_stop_is_ended_after_the_grace(begin):
    attempt = begin("deaf", judged=[], grace_seconds=0.3)
    assert attempt.next().report.epoch == 0
    began = time.monotonic()
    attempt.stop()
    assert 0.2 < time.monotonic() - began < 10
    assert [m.kind for m in messages(begin("good"))][-1] == "end"


@pytest.mark.parametrize(
    "trainer, seconds", [("starts_others", "86398"), ("starts_and_dies", "86397")]
)
def test_what_a_trial_started_ends_with_it(begin, trainer, seconds):
    messages(begin(trainer))
    assert not running(seconds)


def test_an_exit_is_orderly(begin, tmp_path):
    assert messages(begin("exit_hooks"))[-1].kind == "end"
    left = sorted(path.name for path in (tmp_path / "trial0").iterdir())
    assert {"hook", "thread"} <= set(left), "exit hooks ran, and threads were waited for"
    assert not [name for name in left if name.startswith("tmp")]


def test_an_exit_is_bounded(begin, monkeypatch):
    monkeypatch.setattr("sweep.worker.trial_process.EXIT_LIMIT", 0.5)
    heard = messages(begin("waits_at_exit"))
    assert heard[-1].kind == "end"
    assert "still ran" in heard[-1].notices[0]


def test_a_trainer_that_closes_the_connection_is_a_lost_trial(begin):
    assert messages(begin("closes_everything"))[-1].kind == "lost"
    assert messages(begin("good"))[-1].kind == "end"


def test_random_numbers_and_names_are_another_trials_own(begin, tmp_path):
    for _ in range(3):
        assert messages(begin("draws"))[-1].kind == "end"
    drawn = [(tmp_path / f"trial{n}" / "drawn").read_text().split() for n in range(3)]
    for values in zip(*drawn, strict=True):
        assert len(set(values)) == 3


def test_a_seed_that_the_module_sets_reaches_every_trial(begin, tmp_path):
    own = tmp_path / "own.py"
    own.write_text("import random\nrandom.seed(3)\n" + own.read_text())
    for _ in range(2):
        assert messages(begin("sees_seed"))[-1].kind == "end"
    drawn = {(tmp_path / f"trial{n}" / "drawn").read_text() for n in range(2)}
    assert drawn == {"0.23796462709189137"}, "as in `python train.py`"


def test_a_template_that_was_killed_is_replaced(begin, template):
    attempt = begin("slow")
    attempt.next()
    os.kill(template.pid, signal.SIGKILL)
    heard = messages(attempt)
    assert heard[-1].kind == "lost"
    assert "template" in heard[-1].failure
    assert messages(begin("good"))[-1].kind == "end"
    os.kill(template.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert messages(begin("good"))[-1].kind == "end", "while it was idle"


DRIVER = """
import sys, time
sys.path.insert(0, {tests!r})
from sweep.model.trial import Assignment
from sweep.worker.job import Job
from sweep.worker.template import Template
from sweep.worker.trial_process import TrialProcess
template = Template()
job = Job("study", "own.py:starts_others", {folder!r}, "m", "maximize")
given = Assignment(0, "label", {{}}, 5, None, None, 1, {folder!r} + "/trial", None, {{}})
attempt = TrialProcess(template, job, given)
attempt.next()
print(template.pid, flush=True)
time.sleep(600)
"""


def test_a_trial_dies_with_its_worker_and_all_it_started(begin, tmp_path):
    source = DRIVER.format(tests=str(tmp_path), folder=str(tmp_path))
    worker = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE)
    template = psutil.Process(int(worker.stdout.readline()))
    family = [template, *template.children(recursive=True), *running("86398")]
    assert len(family) >= 4
    worker.kill()
    worker.communicate()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
