"""What every tool trains in the comparison: a small torch classifier, and the witness of what was
trained.

The loops around it are each tool's own, as its documentation writes them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

PLANNED, EPOCHS, PAUSE = (
    16,
    6,
    0.4,
)  # trials; epochs of each; seconds that an epoch takes beyond its computing

Config = dict[str, Any]


class Learner:
    """One training run: `epoch()` trains one and returns the accuracy; the state is all
    it needs to go on."""

    def __init__(self, config: Config, seed: int = 0):
        torch.manual_seed(seed)
        smooth = config["activation"] == "tanh"
        between = (
            nn.Tanh()
            if smooth
            else nn.Sequential(nn.ReLU(), nn.Dropout(config["dropout"]))
        )
        self.model = nn.Sequential(
            nn.Linear(8, config["width"]), between, nn.Linear(config["width"], 3)
        )
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=config["learning_rate"]
        )
        generator = torch.Generator().manual_seed(0)
        self.inputs = torch.randn(192, 8, generator=generator)
        self.labels = (self.inputs @ torch.randn(8, 3, generator=generator)).argmax(1)

    def epoch(self) -> float:
        """Train one epoch; the accuracy."""
        self.model.train()
        for batch in torch.randperm(len(self.inputs)).split(32):
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(
                self.model(self.inputs[batch]), self.labels[batch]
            ).backward()
            self.optimizer.step()
        time.sleep(PAUSE)
        self.model.eval()
        with torch.no_grad():
            return float(
                (self.model(self.inputs).argmax(1) == self.labels).double().mean()
            )

    def state_dict(self) -> dict[str, Any]:
        """Weights and AdamW's moments."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The counterpart."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])


def suggest(trial: Any) -> Config:
    """The search space in Optuna's define-by-run words, with a conditional parameter."""
    config = {
        "activation": trial.suggest_categorical("activation", ["relu", "tanh"]),
        "width": trial.suggest_categorical("width", [8, 16, 32]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 1e-1, log=True),
    }
    if config["activation"] == "relu":
        config["dropout"] = trial.suggest_float("dropout", 0.0, 0.5)
    return config


def witness(home: Path, what: str, trial: object, epoch: int) -> None:
    """Write down that an epoch begins (`epoch`), or that the tool has told its user
    that a trial is over (`end`)."""
    file = os.open(home / "trained.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(file, f"{what} {trial} {epoch} {os.getpid()}\n".encode())
    os.close(file)
