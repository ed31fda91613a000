"""Scripts with each library's command line: init writes a sound file, and a trial of it trains."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sweep import spec
from sweep.initial import write

LOOP = """
    for epoch in range(epochs):
        print("epoch", epoch, "val_loss", lr / (1 + epoch) + seed / 100)
"""
TYRO = f"""
from dataclasses import dataclass, field
import tyro

@dataclass
class Optimizer:
    lr: float = 0.1
    weight_decay: float = 0.0
    nesterov: bool = False

@dataclass
class Settings:
    optimizer: Optimizer = field(default_factory=Optimizer)
    epochs: int = 2
    seed: int = 0

def main():
    settings = tyro.cli(Settings)
    lr, epochs, seed = settings.optimizer.lr, settings.epochs, settings.seed
{LOOP}
main()
"""
TYRO_FUNCTION = f"""
from dataclasses import dataclass
import tyro

@dataclass
class Optimizer:
    lr: float = 0.1
    nesterov: bool = True

def main(optimizer: Optimizer, epochs: int = 2, seed: int = 0):
    lr = optimizer.lr
{LOOP}
tyro.cli(main)
"""
FIRE_CLASS = f"""
import fire

class Trainer:
    def __init__(self, lr=0.1, width=8):
        self.lr = lr

    def _prepare(self):
        raise SystemExit("it is no command")

    def evaluate(self):
        raise SystemExit("another command")

    def train(self, epochs=2, seed=0):
        lr = self.lr
    {LOOP.replace(chr(10), chr(10) + "    ")}
fire.Fire(Trainer)
"""
FIRE_COMMANDS = f"""
import fire

def download():
    raise SystemExit("another command")

def train(lr=0.1, epochs=2, seed=0):
{LOOP}
fire.Fire()
"""
JSONARGPARSE = f"""
from jsonargparse import CLI

def main(lr: float = 0.1, epochs: int = 2, nesterov: bool = False, seed: int = 0):
{LOOP}
CLI(main)
"""
HYDRA = f"""
import hydra

@hydra.main(version_base=None, config_path=".", config_name="config")
def main(config):
    lr, epochs, seed = config.optimizer.lr, config.epochs, config.seed
{LOOP}
main()
"""
LIGHTNING = """
import torch
from lightning.pytorch import LightningDataModule, LightningModule
from lightning.pytorch.cli import LightningCLI
from torch.utils.data import DataLoader

class Net(LightningModule):
    def __init__(self, lr: float = 0.1, width: int = 4):
        super().__init__()
        self.lr = lr
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch, index):
        return self.layer(batch).pow(2).mean()

    def validation_step(self, batch, index):
        self.log("val_loss", self.layer(batch).pow(2).mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)

class Data(LightningDataModule):
    def __init__(self, batch_size: int = 4):
        super().__init__()
        self.batch_size = batch_size

    def train_dataloader(self):
        return DataLoader(torch.randn(8, 2), self.batch_size)

    val_dataloader = train_dataloader

LightningCLI(Net, Data)
"""
CASES = {
    "tyro": (("tyro",), TYRO, {"optimizer.lr", "optimizer.nesterov", "epochs"}),
    "tyro function": (("tyro",), TYRO_FUNCTION, {"optimizer.lr", "epochs"}),
    "fire class": (("fire",), FIRE_CLASS, {"lr", "width", "epochs"}),
    "fire commands": (("fire",), FIRE_COMMANDS, {"lr", "epochs"}),
    "jsonargparse": (("jsonargparse",), JSONARGPARSE, {"lr", "epochs", "nesterov"}),
    "hydra": (("hydra",), HYDRA, {"optimizer.lr", "epochs"}),
    "LightningCLI": (
        ("lightning", "jsonargparse", "typeshed_client"),
        LIGHTNING,
        {"model.lr", "model.width", "data.batch_size", "trainer.max_epochs"},
    ),
}


@pytest.fixture(params=CASES)
def script(request, tmp_path, monkeypatch):
    """A script in a folder of its own, its study file, and what can be set."""
    packages, source, parameters = CASES[request.param]
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"NOT CHECKED: {', '.join(missing)} not installed")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(source, encoding="utf-8")
    (tmp_path / "config.yaml").write_text(
        "optimizer: {lr: 0.1}\nepochs: 2\nseed: 0\n", encoding="utf-8"
    )
    return write("train.py"), parameters


def test_its_file_is_sound_and_a_trial_of_it_trains(script):
    path, parameters = script
    assert "CHANGE" not in path.read_text(encoding="utf-8")
    study = spec.load(path)
    assert parameters <= study.parameters.keys()
    assert "seed" not in study.parameters
    done = trained(path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "val_loss" in done.stdout


def trained(path):
    """One trial, with the interpreter of these tests as `python`."""
    interpreters = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    short = "trainer.max_epochs=2" if "max_epochs" in path.read_text() else "epochs=2"
    command = [sys.executable, "-m", "sweep", "try", str(path), "--set", short]
    return subprocess.run(
        [*command, "--seed", "3"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, "PATH": interpreters},
    )
