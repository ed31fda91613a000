"""Trials of several processes on one machine find their own, and not those of another trial."""

import os
import sys
import threading

import pytest

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


# Started by one process; Lightning starts the other one.
LIGHTNING = """
import json, os, sys, warnings
warnings.simplefilter("ignore")
import lightning.pytorch as L
import torch
from lightning.pytorch.strategies import DDPStrategy
from torch.utils.data import DataLoader, TensorDataset

class Model(L.LightningModule):
    def __init__(self, value):
        super().__init__()
        self.value, self.layer = value, torch.nn.Linear(1, 1)
    def training_step(self, batch, number):
        summed = self.trainer.strategy.reduce(torch.tensor(self.value), reduce_op="sum")
        if self.trainer.is_global_zero:
            line = {"epoch": 0, "val/f1": summed.item(), "processes": self.trainer.world_size}
            with open(os.environ["SWEEP_METRICS"], "w") as file:
                print(json.dumps(line), file=file)
        return self.layer(batch[0]).sum()
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

trainer = L.Trainer(
    max_steps=1, accelerator="cpu", devices=2, logger=False, enable_checkpointing=False,
    strategy=DDPStrategy(process_group_backend="gloo"), enable_progress_bar=False,
)
trainer.fit(Model(float(sys.argv[1])), DataLoader(TensorDataset(torch.ones(2, 1))))
"""
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]


def test_a_port_is_given_where_the_environment_has_none(monkeypatch):
    for name in rendezvous.NAMES:
        monkeypatch.delenv(name, raising=False)
    given = rendezvous.environment()
    assert set(given) == {"MASTER_PORT", "PET_MASTER_PORT"}
    assert len(set(given.values())) == 1
    monkeypatch.setenv("MASTER_PORT", "29501")
    assert set(rendezvous.environment()) == {"PET_MASTER_PORT"}


@pytest.mark.parametrize(
    "start, script",
    [(TORCHRUN, SCRIPT), ([sys.executable], LIGHTNING)],
    ids=["torchrun", "lightning"],
)
def test_two_trials_of_two_processes_at_once_with_gloo(
    write, command, tmp_path, monkeypatch, start, script
):
    for name in rendezvous.NAMES:
        monkeypatch.delenv(name, raising=False)
    write("train.py", script)
    words = [*start, "train.py", "${value}"]
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
