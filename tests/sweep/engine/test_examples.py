"""The files that people copy for SLURM and Kubernetes: sound, and a job that is
preempted ends as one that was not."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

import sweep
from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.study import load
from tests.sweep.engine.weights import WEIGHTS
from tests.waiting import wait_until

ENGINE = Path(sweep.__file__).parent / "engine"
SCRIPTS = sorted((ENGINE / "examples").glob("*.sh"))

TRAINER = (
    """
import time
"""
    + WEIGHTS
    + """
def train(config, run):
    weights = Weights()
    for epoch in range(run.restore(weights=weights), 8):
        time.sleep(0.1)
        weights.value += 1
        if run.report(epoch, {"val/score": weights.value}):
            break
"""
)
STUDY = """
name: queued
trainer: own.py:train
metric: {name: val/score, goal: maximize}
parameters: {strength: {values: [1, 2]}}
ablation: {baseline: {strength: 1}, seeds: [0, 1], designs: {arms: {strong: {strength: 2}}}}
"""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_sound_and_names_only_options_that_there_are(script):
    subprocess.run(["bash", "-n", script], check=True)
    text = script.read_text()
    assert text.startswith("#!/bin/bash\n")
    body = [line for line in text.splitlines() if line.startswith("#SBATCH")]
    assert {"--requeue", "--signal=B:TERM@120"} <= {line.split()[1] for line in body}
    used = set(
        re.findall(
            r"--[a-z-]+", " ".join(re.findall(r"^ *sweep run .*", text, re.MULTILINE))
        )
    )
    assert "--resume" in used
    said = subprocess.run(
        [sys.executable, "-m", "sweep", "run", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert used <= set(re.findall(r"--[a-z-]+", said.stdout)) | {"--resume"}


def test_the_page_links_files_that_there_are():
    links = re.findall(r"\]\((examples/[^)]+)\)", (ENGINE / "README.md").read_text())
    assert {ENGINE / link for link in links} == set((ENGINE / "examples").iterdir())


def test_the_kubernetes_file_is_a_claim_and_a_ray_job_of_the_pinned_version():
    claim, job = yaml.safe_load_all((ENGINE / "examples/kuberay.yaml").read_text())
    assert (claim["kind"], job["kind"], job["apiVersion"]) == (
        "PersistentVolumeClaim",
        "RayJob",
        "ray.io/v1",
    )
    pins = (Path(sweep.__file__).parents[1] / "constraints.txt").read_text()
    assert f"ray=={job['spec']['rayClusterSpec']['rayVersion']}\n" in pins
    head = job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
    mounts = {mount["name"] for mount in head["containers"][0]["volumeMounts"]}
    assert mounts == {volume["name"] for volume in head["volumes"]}
    assert (
        claim["metadata"]["name"]
        == head["volumes"][0]["persistentVolumeClaim"]["claimName"]
    )


@pytest.fixture
def slurm(tmp_path):
    """What SLURM gives a job: a folder, variables, `scontrol`; the job itself runs
    `sweep` without Ray."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, body in {
        "sweep": f'exec {sys.executable} -m sweep "$@" --engine serial',
        "scontrol": f'echo "$@" >> {tmp_path}/requeued.txt',
    }.items():
        (programs / name).write_text(f"#!/bin/bash\n{body}\n")
        (programs / name).chmod(0o755)
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "study.yaml").write_text(STUDY)
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "SLURM_JOB_ID": "17",
        "RAY_ADDRESS": "10.9.8.7:6379",
    }
    jobs = []

    def submit():
        with (tmp_path / "slurm-17.out").open("a") as output:
            script = [ENGINE / "examples/slurm_one_node.sh", "study.yaml"]
            more = {"stdout": output, "stderr": output, "start_new_session": True}
            jobs.append(
                subprocess.Popen(
                    ["bash", *script], cwd=tmp_path, env=environment, **more
                )
            )
        return jobs[-1]

    yield submit
    for job in jobs:
        if job.poll() is None:
            os.killpg(job.pid, signal.SIGKILL)
            job.wait()


def epochs(folder):
    path = folder / "results/queued/events.jsonl"
    told = replay(path).events if path.exists() else []
    return [
        (event["trial"], event["epoch"]) for event in told if event["event"] == "epoch"
    ]


def wait_for(folder, count):
    wait_until(
        lambda: len(epochs(folder)) >= count, 120, (folder / "slurm-17.out").read_text
    )


def test_a_job_that_is_preempted_and_killed_finishes_each_trial_once(slurm, tmp_path):
    job = slurm()
    wait_for(tmp_path, 3)
    job.send_signal(signal.SIGTERM)  # B: to the script alone
    assert job.wait(60) == 143, "the trials were saved within the grace time"
    assert (tmp_path / "requeued.txt").read_text() == "requeue 17\n"
    before = len(epochs(tmp_path))

    job = slurm()
    wait_for(tmp_path, before + 3)
    os.killpg(job.pid, signal.SIGKILL)  # the grace time is over
    job.wait()

    assert slurm().wait(120) == 0, (tmp_path / "slurm-17.out").read_text()
    history = load("queued", results=tmp_path / "results").history
    assert [(t.label, t.seed, t.state) for t in history.trials.values()] == [
        (arm, seed, State.COMPLETE) for seed in (0, 1) for arm in ("baseline", "strong")
    ]
    assert set(Counter(epochs(tmp_path)).values()) == {1}
    assert all(
        t.reports[-1].metrics == {"val/score": 8.0} for t in history.trials.values()
    ), "from its checkpoints"
    assert (tmp_path / "requeued.txt").read_text() == "requeue 17\n", (
        "a study that is done is not queued again"
    )
