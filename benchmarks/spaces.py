"""The two search spaces of the part `quality`, and the trainers of their trials.

Both train for 27 epochs, with rungs at 3 and 9. Both spaces are as wide as a user without prior
knowledge would write them, so that a large part of them is bad. Each has a conditional parameter.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sweep import spec
from sweep.spec import StudySpec

EPOCHS = 27
STUDY = """
name: quality
trainer: trainer.py:train
metric: {{name: accuracy, goal: maximize}}
parameters:
{parameters}
search: {{method: {method}, trials: 100000, seed: {seed}}}
early_terminate: {{type: {pruner}, min_iter: 3, eta: 3}}
"""

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Space:
    """One search space.

    Attributes:
        name: its name.
        title: what is trained, for a table's heading.
        parameters: as in a study file, indented by two.
        train: (configuration, seed) → validation accuracy after each epoch.
        epochs: the epochs of a whole trial.
    """

    name: str
    title: str
    parameters: str
    train: Callable[[Config, int], list[float]]
    epochs: int = EPOCHS

    def write(
        self, folder: Path, method: str = "random", pruner: str = "none", seed: int = 0
    ) -> StudySpec:
        """Write a study file of this space to `folder`, load and return it."""
        (folder / "trainer.py").write_text(
            "def train(config, run): ...\n", encoding="utf-8"
        )
        parameters = f"  epochs: {self.epochs}\n{self.parameters}"
        text = STUDY.format(
            parameters=parameters, method=method, pruner=pruner, seed=seed
        )
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        return spec.load(folder / "study.yaml")


@cache
def read(space: Space) -> StudySpec:
    """Return the study of a space."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        return space.write(Path(folder))


def train_clip(config: Config, seed: int) -> list[float]:
    """Train `clip` on the long-tailed digits; return the balanced accuracy on 203 images."""
    from benchmarks.contenders.bare_loop import Run
    from sweep_trainers import clip

    curve: list[float] = []

    class RecordingRun(Run):
        def report(self, epoch: int, metrics: Any) -> bool:
            curve.append(float(metrics["val/balanced_accuracy"]))
            return super().report(epoch, metrics)

    clip.train(dict(config), RecordingRun(seed, EPOCHS, Path()))
    return curve


def train_network(config: Config, seed: int) -> list[float]:
    """Train a fully connected network on 300 digits; return the accuracy on the other 1497."""
    import torch
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    torch.manual_seed(seed)
    images, digits = load_digits(return_X_y=True)
    split = train_test_split(
        images / 16, digits, train_size=300, random_state=0, stratify=digits
    )
    train_x, val_x = (torch.tensor(part, dtype=torch.float32) for part in split[:2])
    train_y, val_y = (torch.tensor(part) for part in split[2:])

    layers: list[torch.nn.Module] = []
    inputs = images.shape[1]
    for _ in range(config["depth"]):
        layers += [
            torch.nn.Linear(inputs, config["width"]),
            torch.nn.ReLU(),
            torch.nn.Dropout(config["dropout"]),
        ]
        inputs = config["width"]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(inputs, 10))
    rate, decay = config["learning_rate"], config["weight_decay"]
    optimizer: torch.optim.Optimizer
    if config["optimizer"] == "sgd":
        optimizer = torch.optim.SGD(
            model.parameters(),
            lr=10 * rate,
            momentum=config["momentum"],
            weight_decay=decay,
        )
    else:
        optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=config["label_smoothing"])
    curve = []
    for _ in range(EPOCHS):
        model.train()
        for batch in torch.randperm(len(train_x)).split(config["batch_size"]):
            optimizer.zero_grad()
            criterion(model(train_x[batch]), train_y[batch]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            curve.append(float((model(val_x).argmax(dim=1) == val_y).float().mean()))
    return curve


CLIP = Space(
    "clip",
    "clip on the long-tailed digits",
    """\
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
  weight_decay: {distribution: log_uniform_values, min: 1e-4, max: 1.0}
  temperature: {distribution: log_uniform_values, min: 0.02, max: 1.0}
  batch_size: {values: [32, 64]}
  width: {values: [4, 8, 16]}
  augmentation: {values: [none, light, strong]}
  loss_type: {values: [standard, weighted, focal, superclip]}
  focal_gamma: {min: 0.5, max: 6.0, when: {loss_type: focal}}""",
    train_clip,
)
NETWORK = Space(
    "network",
    "a fully connected network on 300 digits",
    """\
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
  weight_decay: {distribution: log_uniform_values, min: 1e-6, max: 1.0}
  optimizer: {values: [sgd, adamw]}
  momentum: {min: 0.0, max: 0.99, when: {optimizer: sgd}}
  batch_size: {values: [16, 32, 64]}
  width: {values: [8, 16, 32, 64, 128]}
  depth: {values: [1, 2, 3]}
  dropout: {min: 0.0, max: 0.7}
  label_smoothing: {min: 0.0, max: 0.4}""",
    train_network,
)
SPACES: Mapping[str, Space] = {space.name: space for space in (CLIP, NETWORK)}
