"""Trainers of a few lines, and how a trial of one is run in a process of its own."""

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
    "leaves_well": "loop(config, run); os._exit(0)",
    "recurses": "again = lambda: again(); loop(config, run); again()",
    "ends_an_iteration": "loop(config, run); raise StopIteration",
    "ends_a_generator": "loop(config, run); raise GeneratorExit",
    "removes_its_folder": """import shutil
    loop(config, run); shutil.rmtree(run.folder)
    run.report(3, {"m": 1.0})""",
    "opens_too_many": """import resource
    loop(config, run)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    kept = []
    try:
        while True: kept.append(open("/dev/null"))
    except OSError: run.report(3, {"m": 1.0})""",
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
    "tees": """sys.stdout = open(run.folder / "log.txt", "a")
    loop(config, run)
    print("trained"); sys.stdout.close()""",
    "prints_bytes": """os.write(1, bytes([255, 254, 10]))
    loop(config, run)""",
    "reports_in_thread": """import threading
    thread = threading.Thread(target=loop, args=(config, run))
    thread.start(); thread.join()""",
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
    "says_who_it_is": """name = open("/proc/self/comm").read().strip()
    leads = os.getsid(0) == os.getpid()
    loop(config, run)
    (run.folder / "who").write_text(f"{name} leads: {leads}")""",
    "says_what_it_has": """import signal
    interrupted = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ours = [name for name in os.environ if name.startswith("SWEEP_ORIGINAL_")]
    loop(config, run)
    has = f"{os.environ['OMP_NUM_THREADS']} {interrupted} {ours}"
    (run.folder / "has").write_text(has)""",
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
        given = Assignment(
            number, "label", {}, 5, None, None, 1, folder, None, {}, judged=judged
        )
        return TrialProcess(template, job, given)

    return start
