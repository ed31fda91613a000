"""Libraries in a forked trial: data loaders, matrices, Lightning, Hugging Face; and bit
equality."""

import subprocess
import sys

import orjson
import psutil
import pytest

from sweep.model.trial import Assignment
from sweep.worker.job import Job
from sweep.worker.template import Template
from sweep.worker.trial_process import TrialProcess

LOADERS = """
import torch
from torch.utils.data import DataLoader, Dataset

class Squares(Dataset):
    def __len__(self): return 64
    def __getitem__(self, i): return torch.tensor(float(i * i))

def train(config, run):
    loader = DataLoader(
        Squares(), batch_size=8, num_workers=2, multiprocessing_context=config["context"],
        persistent_workers=True,
    )
    for epoch in range(run.proceed(), 2):
        total = sum(batch.sum() for batch in loader)
        if run.report(epoch, {"m": total}): break
"""
PRELOADS = """
import numpy as np
import torch
from torch import nn

DATA = {}

def train(config, run):
    assert config["scale"] in DATA, "it was read by the template"
    torch.manual_seed(run.seed)
    model = nn.Linear(2000, 8)
    optimizer = torch.optim.AdamW(model.parameters())
    for epoch in range(run.restore(model=model, optimizer=optimizer), 2):
        loss = model(DATA[config["scale"]]).square().mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        big = torch.ones(2000, 2000) @ torch.ones(2000, 2000)
        small = np.ones((2000, 2000)) @ np.ones((2000, 2000))
        if run.report(epoch, {"m": loss, "big": big[0, 0], "small": small[0, 0]}): break

def preload(config):
    if config["scale"] not in DATA:
        DATA[config["scale"]] = torch.randn(2000, 2000) @ torch.ones(2000, 2000) * config["scale"]

train.preload = preload
"""
LIGHTNING = """
import lightning as L
import torch
from torch.utils.data import DataLoader, TensorDataset
from sweep.adapters.lightning import SweepCallback

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
    def training_step(self, batch, index):
        loss = self.layer(batch[0]).square().mean()
        self.log("train/loss", loss)
        return loss
    def validation_step(self, batch, index):
        self.log("m", self.layer(batch[0]).square().mean())
    def configure_optimizers(self): return torch.optim.AdamW(self.parameters(), lr=0.1)

def train(config, run):
    L.seed_everything(run.seed, verbose=False)
    data = DataLoader(TensorDataset(torch.randn(64, 4)), batch_size=16)
    trainer = L.Trainer(
        max_epochs=2, accelerator="cpu", callbacks=[SweepCallback(run)], logger=False,
        enable_progress_bar=False, enable_model_summary=False,
    )
    trainer.fit(Model(), data, data)
"""

HUGGING_FACE = """
import torch
from torch import nn
from transformers import Trainer, TrainingArguments
from sweep.adapters.huggingface import SweepCallback

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(3, 1)
    def forward(self, x, labels):
        predicted = self.net(x)
        return {"loss": (predicted - labels).square().mean(), "logits": predicted}

def train(config, run):
    x = torch.randn(40, 3)
    data = [{"x": row, "labels": row.sum(0, keepdim=True)} for row in x]
    arguments = TrainingArguments(
        str(run.folder / "huggingface"), num_train_epochs=2, eval_strategy="epoch",
        save_strategy="no", use_cpu=True, report_to=[], disable_tqdm=True, seed=run.seed,
    )
    callbacks = [SweepCallback(run)]
    Trainer(Net(), arguments, train_dataset=data, eval_dataset=data, callbacks=callbacks).train()
"""


@pytest.fixture
def start(tmp_path):
    """`start(source)` writes a trainer; what it returns runs one trial of it."""
    template = Template()

    def written(source, cpu=2.0, metric="m"):
        (tmp_path / "own_trainer.py").write_text(source)
        job = Job("study", "own_trainer.py:train", str(tmp_path), metric, "maximize")

        def run(number, config, seed=5):
            folder = str(tmp_path / f"trial{number}")
            given = Assignment(
                number, "l", config, seed, None, None, 1, folder, None, {}, cpu
            )
            attempt = TrialProcess(template, job, given)
            found = [attempt.next()]
            while found[-1].kind == "epoch":
                found.append(attempt.next())
            attempt.stop()
            output = (tmp_path / f"trial{number}" / "output.txt").read_text()
            assert found[-1].kind == "end", (found[-1].failure, output)
            return found

        run.template = template
        return run

    yield written
    template.close()


@pytest.mark.parametrize("context", ["fork", "spawn", "forkserver"])
def test_a_data_loader_has_worker_processes_of_every_kind(start, context):
    heard = start(LOADERS)(0, {"context": context})
    assert [m.report.metrics["m"] for m in heard[:2]] == [
        sum(i * i for i in range(64))
    ] * 2


def test_data_are_read_once_with_large_matrices_and_every_child_trains(start):
    run = start(PRELOADS)
    for number, scale in enumerate([0.1, 0.1, 0.2]):
        heard = run(number, {"scale": scale})
        assert (
            heard[1].report.metrics["big"] == heard[1].report.metrics["small"] == 2000
        )
        assert not heard[0].notices, "it was forked"


def test_lightning_trains_in_a_forked_process(start):
    pytest.importorskip("lightning")
    heard = start(LIGHTNING)(0, {})
    assert [m.report.epoch for m in heard[:-1]] == [0, 1]


def test_a_hugging_face_trainer_trains_in_a_forked_process(start):
    pytest.importorskip("transformers")
    heard = start(HUGGING_FACE, metric="eval_loss")(0, {})
    assert [m.report.epoch for m in heard[:-1]] == [0, 1]


ALONE = """
import random, sys
import numpy as np
import torch
from torch import nn

def train(config, run):
    torch.manual_seed(run.seed); random.seed(run.seed); np.random.seed(run.seed)
    model = nn.Sequential(nn.Linear(64, 128), nn.BatchNorm1d(128), nn.Dropout(0.3), nn.Linear(128, 4))
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"])
    x, y = torch.randn(256, 64), torch.randint(0, 4, (256,))
    for epoch in range(run.restore(model=model, optimizer=optimizer), 5):
        for batch in torch.randperm(256).split(32):
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad(); loss.backward(); optimizer.step()
        noise = random.random() + np.random.rand() + len(str({"a", "b", "c"}))
        if run.report(epoch, {"m": loss.double() * 1.0, "noise": noise}): break
"""


@pytest.mark.parametrize("cpu", [1.0, 2.0])
def test_a_forked_trial_equals_the_same_trial_alone_to_the_last_bit(
    start, tmp_path, cpu
):
    run = start(ALONE, cpu)
    run(0, {"lr": 0.01}, seed=1)
    heard = run(1, {"lr": 0.02}, seed=2)
    alone = f"""
import sys
import torch
torch.set_num_threads({int(cpu)})
sys.path.insert(0, {str(tmp_path)!r})
from own_trainer import train
from sweep.worker.local_run import LocalRun
train({{"lr": 0.02}}, LocalRun({str(tmp_path / "alone")!r}, seed=2, metric="m"))
"""
    subprocess.run([sys.executable, "-c", alone], check=True)
    lines = (tmp_path / "alone" / "history.jsonl").read_bytes().splitlines()
    expected = [orjson.loads(line) for line in lines]
    for message, line in zip(heard[:-1], expected, strict=True):
        for name, value in message.report.metrics.items():
            assert value == line[name]


def test_an_interrupted_trial_goes_on_in_another_process_to_the_same_numbers(
    start, tmp_path
):
    run = start(ALONE)
    whole = run(0, {"lr": 0.02}, seed=2)
    job = Job("study", "own_trainer.py:train", str(tmp_path), "m", "maximize")
    folder = str(tmp_path / "cut")
    first = TrialProcess(
        run.template,
        job,
        Assignment(1, "l", {"lr": 0.02}, 2, None, None, 1, folder, None, {}, 2.0),
    )
    heard = [first.next(), first.next()]
    run.template.kill()
    while first.next().kind == "epoch":
        pass
    known = {m.report.epoch: m.report.checkpoint for m in heard}
    again = TrialProcess(
        run.template,
        job,
        Assignment(1, "l", {"lr": 0.02}, 2, None, None, 2, folder, 1, known, 2.0),
    )
    while heard[-1].kind == "epoch":
        heard.append(again.next())
    found = [m.report.metrics for m in heard[:-1]]
    assert found == [m.report.metrics for m in whole[:-1]]


LEAKS = """
KEEP = []
def train(config, run):
    KEEP.append(bytearray(2_000_000))
    KEEP.extend(open("/dev/null") for _ in range(20))
    run.report(0, {"m": 1.0})
"""


def test_memory_and_open_files_after_two_hundred_trials_are_those_after_two(start):
    run = start(LEAKS)
    sizes = []
    for number in range(200):
        run(number, {})
        if number in (1, 199):
            both = psutil.Process(), psutil.Process(run.template.pid)
            sizes.append([(p.num_fds(), p.memory_info().rss) for p in both])
    for (files, memory), (files_later, memory_later) in zip(*sizes, strict=True):
        assert files_later == files
        assert memory_later - memory < 5_000_000
