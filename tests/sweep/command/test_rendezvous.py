"""Trials of several processes on one machine find their own, and not those of another trial."""

import os
import sys
import threading

from sweep.command import rendezvous
from sweep.command.training import trainer
from sweep.worker.local_run import LocalRun

SCRIPT = """
import json, os, sys
import torch
import torch.distributed as dist

dist.init_process_group("gloo")
mine = torch.tensor(float(sys.argv[1]))
dist.all_reduce(mine)
if dist.get_rank() == 0:
    with open(os.environ["SWEEP_METRICS"], "w") as file:
        print(json.dumps({"epoch": 0, "val/f1": mine.item(), "processes": dist.get_world_size()}), file=file)
dist.destroy_process_group()
"""


def test_a_port_is_given_where_the_environment_has_none(monkeypatch):
    for name in rendezvous.NAMES:
        monkeypatch.delenv(name, raising=False)
    given = rendezvous.environment()
    assert set(given) == {"MASTER_PORT", "PET_MASTER_PORT"}
    assert len(set(given.values())) == 1
    monkeypatch.setenv("MASTER_PORT", "29501")
    assert set(rendezvous.environment()) == {"PET_MASTER_PORT"}


def test_two_torchrun_trials_at_once_with_gloo(write, command, tmp_path, monkeypatch):
    for name in rendezvous.NAMES:
        monkeypatch.delenv(name, raising=False)
    write("train.py", SCRIPT)
    words = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc-per-node=2",
        "train.py",
        "${value}",
    ]
    train = trainer(command(run=words, environment={"OMP_NUM_THREADS": "1"}), tmp_path)
    told = {}

    def trial(value):
        folder = tmp_path / str(value)
        folder.mkdir()
        run = LocalRun(
            folder, on_report=lambda report: told.update({value: report.metrics})
        )
        train({"value": value}, run)

    threads = [threading.Thread(target=trial, args=(value,)) for value in (1, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {value: metrics["val/f1"] for value, metrics in told.items()} == {
        1: 2.0,
        10: 20.0,
    }
    assert {metrics["processes"] for metrics in told.values()} == {2.0}
    assert "MASTER_PORT" not in os.environ
