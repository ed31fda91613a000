"""Where trials are placed: fractions of a GPU share one, and what cannot be had is refused before
anything starts.

Ray takes a machine's word for the GPUs it has, so placement is tested for real on a machine without
one.
"""

import os
import subprocess
import sys

import pytest

from sweep import study
from sweep.model.trial import State

pytestmark = [pytest.mark.ray, pytest.mark.timeout(240)]

TRAINER = """
import os, time

def train(config, run):
    began = time.time()
    time.sleep(config["pause"])
    gpu = os.environ.get("CUDA_VISIBLE_DEVICES")
    run.report(0, {"val/score": run.seed, "began": began, "ended": time.time(), "gpu": -1 if not gpu else int(gpu)})
"""
STUDY = """
name: placed
trainer: own.py:train
metric: {name: val/score, goal: maximize}
parameters: {pause: 1.0, strength: {values: [1, 2]}}
ablation: {baseline: {strength: 1}, seeds: [0, 1, 2, 3, 4, 5, 6, 7]}
resources: {cpu: 0.25, gpu: 0.25}
"""
# A cluster of one imagined GPU, which the study then finds running.
DRIVER = """
import logging, ray, sys
ray.init(address="local", num_cpus=2, num_gpus=int(sys.argv[1]), include_dashboard=False, log_to_driver=False,
         logging_level=logging.ERROR)
from sweep.errors import SweepError
from sweep.study import run
try:
    run("study.yaml")
except SweepError as error:
    print(error)
    sys.exit(error.exit_code)
"""


# What `torchrun` does with the GPUs and the port that it is given: two of its trials run at once,
# and each holds its port meanwhile.
PROGRAM = """
import json, os, socket, time
began = time.time()
with socket.create_server(("127.0.0.1", int(os.environ["MASTER_PORT"]))):
    time.sleep(1.5)
first, second = map(int, os.environ["CUDA_VISIBLE_DEVICES"].split(","))
line = {"epoch": 0, "score": 1.0, "began": began, "ended": time.time(), "first": first, "second": second}
line["service"] = float(os.environ["CUDA_MPS_ACTIVE_THREAD_PERCENTAGE"])
print(json.dumps(line), file=open(os.environ["SWEEP_METRICS"], "w"))
"""
TWO_GPUS = f"""
name: placed
command: [{sys.executable}, program.py, "${{args}}", --seed, "${{seed}}"]
metric: {{name: score, goal: maximize}}
parameters: {{strength: {{values: [1, 2]}}}}
ablation: {{baseline: {{strength: 1}}, seeds: [0, 1, 2, 3]}}
resources: {{cpu: 0.25, gpu: 2}}
"""


@pytest.fixture
def drive(tmp_path):
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "study.yaml").write_text(STUDY)

    def run(gpus):
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "OMP_NUM_THREADS": "1",
            "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE": "25",
        }
        command = [sys.executable, "-c", DRIVER, str(gpus)]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_quarter_of_a_gpu_puts_four_trials_on_it_and_no_more(drive, tmp_path):
    done = drive(gpus=1)
    assert done.returncode == 0, done.stdout + done.stderr
    trials = study.load("placed", results=tmp_path / "results").history.trials.values()
    assert [trial.state for trial in trials] == [State.COMPLETE] * 8
    runs = [trial.reports[0].metrics for trial in trials]
    assert {run["gpu"] for run in runs} == {0}
    at_once = [
        sum(r["began"] <= run["began"] < r["ended"] for r in runs) for run in runs
    ]
    assert max(at_once) > 1
    assert max(at_once) <= 4


def test_two_trials_of_two_gpus_each_have_their_own_and_ports_of_their_own(
    drive, tmp_path
):
    (tmp_path / "study.yaml").write_text(TWO_GPUS)
    done = drive(gpus=4)
    assert done.returncode == 0, done.stdout + done.stderr
    trials = study.load("placed", results=tmp_path / "results").history.trials.values()
    assert [trial.state for trial in trials] == [State.COMPLETE] * 4
    runs = [trial.reports[0].metrics for trial in trials]
    assert all(run["first"] != run["second"] for run in runs)
    for run in runs:
        beside = [
            r
            for r in runs
            if r is not run and r["began"] < run["ended"] and run["began"] < r["ended"]
        ]
        for other in beside:
            assert not {run["first"], run["second"]} & {other["first"], other["second"]}
    at_once = [
        sum(r["began"] <= run["began"] < r["ended"] for r in runs) for run in runs
    ]
    assert max(at_once) == 2
    assert {run["service"] for run in runs} == {25.0}, "what the user set for CUDA MPS"


def test_a_gpu_that_is_not_there_is_refused_with_what_there_is(drive):
    done = drive(gpus=0)
    assert done.returncode == 2
    assert (
        "resources.gpu: a trial asks for 0.25, but no machine has more than 0"
        in done.stdout
    )
