"""A trial that pauses in one Ray worker and is promoted in another one: it goes on to the last bit.

`early_terminate: {type: asha, form: promote}` pauses a trial at each rung. Its worker is busy with
another trial, or dead, at the time of the promotion; or the other worker is on another node, which
shares nothing with the first one but a storage.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest
import torch

from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.storage import Storage
from sweep.study import load
from sweep.worker.mirror import Mirror

pytestmark = [pytest.mark.ray, pytest.mark.timeout(360)]

# Each epoch needs the weights, Adam's moments and the global generator: dropout and batches draw
# from it. A lower `number` scores higher. Each epoch is noted with the worker, the trial's process
# and the processes that hold a lock on the trial's folder.
TRAINER = """
import json, os, signal, time
from pathlib import Path
import torch

def worker():
    stat = Path(f"/proc/{os.getppid()}/stat").read_text()  # of the template
    return int(stat.rpartition(")")[2].split()[1])

def holders(folder):
    inode = f":{folder.stat().st_ino} "
    lines = Path("/proc/locks").read_text().splitlines()
    locks = [line for line in lines if "FLOCK" in line and inode in line + " "]
    return [int(line.split()[4]) for line in locks if "->" not in line]

def note(config, epoch, folder):
    line = {"number": config["number"], "epoch": epoch, "worker": worker(), "process": os.getpid()}
    line["holders"] = holders(folder)
    with Path(config["notes"]).open("a") as file:
        file.write(json.dumps(line) + "\\n")

def has_trained(notes, number, epoch):
    if not notes.exists():
        return False
    lines = map(json.loads, notes.read_text().splitlines())
    return any((line["number"], line["epoch"]) == (number, epoch) for line in lines)

def wait_for(config, number, epoch):
    until = time.monotonic() + 200
    while not has_trained(Path(config["notes"]), number, epoch):
        if time.monotonic() > until:
            raise TimeoutError(f"trial {number} did not reach epoch {epoch}")
        time.sleep(0.02)

def paused(config):
    return Path(config["notes"]).with_name("paused")

def wait_for_pause(config):
    until = time.monotonic() + 200
    while not paused(config).exists():
        if time.monotonic() > until:
            raise TimeoutError("trial 0 did not pause")
        time.sleep(0.02)

def train(config, run):
    number = config["number"]
    in_study = run.folder.name[:5].isdigit()  # the probe of resuming trains elsewhere
    how = config["pausing worker"] if in_study else "none"
    torch.manual_seed(run.seed)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for epoch in range(run.restore(model=model, optimizer=optimizer), config["epochs"]):
        if in_study:
            note(config, epoch, run.folder)
        if how == "busy" and epoch == 0:
            if number == 1:
                wait_for(config, 2, 0)  # which runs where trial 0 has paused
            if number == 2:
                wait_for(config, 0, 2)  # which was promoted
        if how == "killed" and (number, epoch) == (1, 1):
            wait_for_pause(config)  # the first at a rung pauses; the better of two goes on
        for _ in range(3):
            loss = (model(torch.randn(16, 4)) - 1).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        stop = run.report(epoch, {"val/f1": -100.0 * number - loss.item()})
        if stop and number == 0 and how == "killed":
            paused(config).touch()
            os.kill(worker(), signal.SIGKILL)
            time.sleep(60)
        if stop:
            break
"""
STUDY = """
name: promoted
trainer: own.py:train
metric: {{name: val/f1, goal: maximize}}
parameters:
  epochs: 4
  notes: {notes}
  pausing worker: {how}
  number: {{values: [0, 1, 2, 3]}}
search: {{method: grid, seeds: [3]}}
early_terminate: {{type: asha, form: promote, min_iter: 2, eta: 2}}
resources: {{max_concurrent: 2, gpu: 0, retry_backoff_seconds: 0.1}}
"""
ALONE = """
import sys, torch
from sweep.worker.local_run import LocalRun
from own import train
torch.set_num_threads(1)
config = {"epochs": 4, "pausing worker": "none", "number": 0}
train(config, LocalRun("alone", seed=3, metric="val/f1"))
"""


@pytest.fixture
def run_python(tmp_path):
    """Runs `python …` in the study's folder, and shows its output if it fails."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
        "OMP_NUM_THREADS": "1",
    }

    def run(*words):
        done = subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def notes(folder):
    lines = (folder / "notes.txt").read_text().splitlines()
    return [json.loads(line) for line in lines]


def reports_alone(folder):
    """Epoch and metrics of an uninterrupted training."""
    lines = (folder / "alone/history.jsonl").read_text().splitlines()
    return [(each["epoch"], each["val/f1"]) for each in map(json.loads, lines)]


def last_checkpoint(folder):
    return torch.load(folder / "checkpoints/epoch-00003.pt", weights_only=True)


def same(one, other):
    """Whether two states are equal, tensor by tensor, bit by bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        pairs = zip(one, other, strict=True)
        return len(one) == len(other) and all(same(*pair) for pair in pairs)
    return one == other


@pytest.fixture
def written(tmp_path):
    """Writes the trainer and the study."""

    def write(how):
        (tmp_path / "own.py").write_text(TRAINER)
        study = STUDY.format(how=how, notes=tmp_path / "notes.txt")
        (tmp_path / "study.yaml").write_text(study)

    return write


@pytest.mark.parametrize(
    "how", [pytest.param("busy", marks=pytest.mark.thorough), "killed"]
)
def test_a_promoted_trial_goes_on_in_another_worker_to_the_last_bit(
    how, written, tmp_path, run_python
):
    written(how)
    run_python("-m", "sweep", "run", "study.yaml")
    run_python("-c", ALONE)
    assert_moved(tmp_path, how)
    (folder,) = (tmp_path / "results/promoted/trials").glob("00000-*")
    assert_equals_an_uninterrupted_training(tmp_path, folder)


@pytest.fixture
def two_nodes():
    """A cluster of two nodes beside the driver's; its address."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    cluster.add_node(num_cpus=1)
    cluster.add_node(num_cpus=1)
    yield cluster.address
    cluster.shutdown()


def test_a_promoted_trial_goes_on_on_another_node_to_the_last_bit(
    written, tmp_path, run_python, two_nodes
):
    written("busy")
    store = f"file://{tmp_path}/store"
    there = ["--address", two_nodes, "--storage", store]
    run_python("-m", "sweep", "run", "study.yaml", *there)
    run_python("-c", ALONE)
    assert_moved(tmp_path, "busy")
    (name,) = [
        path.name for path in (tmp_path / "store/promoted/trials").glob("00000-*")
    ]
    mirror = Mirror(
        Storage(f"{store}/promoted"), f"trials/{name}", tmp_path / "restored"
    )
    history = load("promoted", results=tmp_path / "results").history
    assert mirror.fetch(history.stored[0]) == []
    assert_equals_an_uninterrupted_training(tmp_path, tmp_path / "restored")


def assert_moved(home, how):
    """Trial 0 paused in one worker and ended in another; each epoch was trained once."""
    history = load("promoted", results=home / "results").history
    assert history.trials[0].config["number"] == 0
    assert history.trials[0].state is State.COMPLETE
    of_first = [each for each in notes(home) if each["number"] == 0]
    assert [each["epoch"] for each in of_first] == [0, 1, 2, 3], "each epoch once"
    workers = [each["worker"] for each in of_first]
    assert workers[0] == workers[1] != workers[2] == workers[3], "it moved at the pause"
    if how == "busy":
        (busy,) = {
            n["worker"] for n in notes(home) if n["number"] == 2 and not n["epoch"]
        }
        assert busy == workers[0], "trial 2 held the worker where trial 0 paused"
    for each in notes(home):
        assert each["holders"] == [each["process"]], "one process holds the folder"
    events = replay(home / "results/promoted/events.jsonl").events
    assert_nothing_is_counted_twice(history, events)


def assert_equals_an_uninterrupted_training(home, folder):
    """Reports, weights, the optimiser's state and torch's generator, to the last bit."""
    promoted = load("promoted", results=home / "results").history.trials[0]
    reports = [(each.epoch, each.metrics["val/f1"]) for each in promoted.reports]
    assert reports == reports_alone(home)
    trained, alone = last_checkpoint(folder), last_checkpoint(home / "alone")
    assert same(trained["objects"], alone["objects"])
    assert same(trained["random"]["torch"], alone["random"]["torch"])


def assert_nothing_is_counted_twice(history, events):
    """Each epoch and each end is in the log once, and attempts alternate with pauses."""
    epochs = Counter((e["trial"], e["epoch"]) for e in events if e["event"] == "epoch")
    assert set(epochs.values()) == {1}
    ends = Counter(e["trial"] for e in events if e["event"] == "trial_finished")
    assert set(ends.values()) <= {1}
    for trial in history.trials.values():
        numbers = [report.epoch for report in trial.reports]
        assert numbers == list(range(len(numbers)))
        own = [e for e in events if e.get("trial") == trial.number]
        seconds = sum(e["seconds"] for e in own if e["event"] == "epoch")
        overhead = sum(e.get("overhead", 0.0) for e in own)
        assert trial.seconds == pytest.approx(seconds + overhead)
    moves = [e["event"] for e in events if e.get("trial") == 0]
    moves = [kind for kind in moves if kind not in ("epoch", "files_stored")]
    assert moves == [
        "trial_created",
        "trial_started",
        "trial_paused",
        "trial_promoted",
        "trial_started",
        "trial_finished",
    ]
    sequence = [e["seq"] for e in events]
    assert all(after == before + 1 for before, after in pairwise(sequence))
