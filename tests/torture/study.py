"""The study that is tortured: small, and real.

A torch classifier with AdamW, dropout, a learning-rate schedule and checkpoints; a TPE search with
ASHA over conditional parameters; an ablation of three arms and three seeds. The trainer writes down
every epoch that it begins, in a side file that the tool knows nothing of: the witness for what was
trained, and how often.

The ablation's baseline fixes every parameter, so that its trials do not depend on the order in
which the search's trials happened to end: their table must come out byte for byte the same, however
often the study was killed.
"""

from __future__ import annotations

from pathlib import Path

WITNESS = "trained.txt"
SEARCH_TRIALS, EPOCHS, SEEDS = 10, 6, (0, 1, 2)
ARMS = ("baseline", "wide", "smooth")
PLANNED = SEARCH_TRIALS + len(ARMS) * len(SEEDS)

TRAINER = """
import os
import time
from pathlib import Path

import torch
from torch import nn

WITNESS = Path(__file__).with_name("trained.txt")


def train(config, run):
    trial = int(run.folder.name[:5])
    torch.manual_seed(run.seed)
    order = torch.Generator().manual_seed(run.seed)
    inputs, labels = data()
    model = build(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["learning_rate"])
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config["epochs"])
    start = run.restore(model=model, optimizer=optimizer, scheduler=scheduler, order=order)
    witness(f"start {trial} {start} {os.getpid()}")
    for epoch in range(start, config["epochs"]):
        witness(f"epoch {trial} {epoch} {os.getpid()}")
        model.train()
        for batch in torch.randperm(len(inputs), generator=order).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs[batch]), labels[batch]).backward()
            optimizer.step()
        scheduler.step()
        time.sleep(config["pause"])  # room for a fault; the numbers do not depend on it
        model.eval()
        with torch.no_grad():
            accuracy = (model(inputs).argmax(1) == labels).double().mean()
        if run.report(epoch, {"val/accuracy": accuracy}):
            break


def build(config):
    smooth = config["activation"] == "tanh"
    between = nn.Tanh() if smooth else nn.Sequential(nn.ReLU(), nn.Dropout(config["dropout"]))
    return nn.Sequential(nn.Linear(8, config["width"]), between, nn.Linear(config["width"], 3))


def data():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(192, 8, generator=generator)
    return inputs, (inputs @ torch.randn(8, 3, generator=generator)).argmax(1)


def witness(line):
    file = os.open(WITNESS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(file, f"{line}\\n".encode())
    os.close(file)
"""

STUDY = f"""
name: tortured
trainer: trainer.py:train
metric: {{name: val/accuracy, goal: maximize}}
parameters:
  epochs: {EPOCHS}
  pause: 0.15
  activation: {{values: [relu, tanh]}}
  dropout: {{min: 0.0, max: 0.5, when: {{activation: relu}}}}
  width: {{values: [8, 16, 32]}}
  learning_rate: {{distribution: log_uniform_values, min: 1e-3, max: 1e-1, role: nuisance}}
search: {{method: tpe, trials: {SEARCH_TRIALS}, n_startup_trials: 4}}
early_terminate: {{type: asha, min_iter: 1, eta: 2}}
ablation:
  baseline: {{activation: relu, dropout: 0.2, width: 8, learning_rate: 0.01}}
  seeds: {list(SEEDS)}
  designs: {{arms: {{wide: {{width: 32}}, smooth: {{activation: tanh}}}}}}
resources: {{max_concurrent: 2, retries: 1000}}
"""


def write(home: Path, *, concurrent: int = 2, pause: float = 0.15) -> None:
    """Put the study file and the trainer into an empty folder.

    Args:
        concurrent: trials at a time.
        pause: seconds that an epoch takes beyond its computing, which no number depends on.
    """
    home.mkdir(parents=True)
    (home / "trainer.py").write_text(TRAINER, encoding="utf-8")
    text = STUDY.replace("max_concurrent: 2", f"max_concurrent: {concurrent}").replace(
        "pause: 0.15", f"pause: {pause}"
    )
    (home / "study.yaml").write_text(text, encoding="utf-8")
