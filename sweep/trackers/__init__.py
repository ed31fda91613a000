"""Studies in the tools that people watch runs with: one protocol, one registry.

| file | writes |
|---|---|
| `tensorboard` | event files |
| `mlflow` | runs in an MLflow store |
| `wandb` | runs of Weights & Biases, offline or online |

`protocol` is what a tracker is told and does; `feed` runs one in a thread beside a
study. The log stays the truth: an event is in it before a tracker hears of it, and a
session begins by bringing the trackers up to the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sweep.errors import UsageError, named
from sweep.history.history import History
from sweep.model.events import Notice
from sweep.spec import MLflow, TensorBoard, Trackers, WandB
from sweep.trackers import mlflow, tensorboard, wandb
from sweep.trackers.feed import Feed
from sweep.trackers.protocol import Open, Target, Tracker, begun, target

__all__ = [
    "TRACKERS",
    "Feed",
    "Target",
    "Tracker",
    "check",
    "feeds",
    "problems",
    "target",
    "write",
]


@dataclass(frozen=True)
class Kind:
    """A tracker that there is.

    Attributes:
        opened: makes it for a study.
        settings: its section of the study file, by default.
        package: what it imports, and what is installed for that.
    """

    opened: Open
    settings: Any
    package: tuple[str, str]


TRACKERS: Mapping[str, Kind] = {
    "tensorboard": Kind(
        tensorboard.opened, TensorBoard(), ("tensorboardX", "tensorboardX")
    ),
    "mlflow": Kind(mlflow.opened, MLflow(), ("mlflow", "mlflow-skinny")),
    "wandb": Kind(wandb.opened, WandB(), ("wandb", "wandb")),
}


def check(wanted: Iterable[str]) -> None:
    """Refuse trackers that cannot be had here.

    Raises:
        UnknownName: there is no such tracker.
        UsageError: its package is not installed; the message says how to install it.
    """
    for name in wanted:
        module, package = named(TRACKERS, name, "tracker").package
        if find_spec(module) is None:
            raise UsageError(
                f"the tracker {name} needs the package {package}, which is not"
                " installed. "
                f'Install it with: pip install "sweep-ablation[{name}]" (or: pip'
                f" install {package}), "
                "or leave the tracker off"
            )


def feeds(wanted: Trackers, history: History, folder: Path) -> list[Feed]:
    """The trackers of a study, to listen to its schedule once they are started.

    Raises:
        UsageError: see `check`.
    """
    check(wanted.wanted)
    study = target(history, folder)
    return [
        Feed(name, partial(TRACKERS[name].opened, study, said))
        for name, said in wanted.wanted.items()
    ]


def problems(running: Sequence[Feed]) -> list[Notice]:
    """A notice for each tracker that has failed since the last time.

    No caveat of the tables: it says nothing about the numbers.
    """
    texts = [feed.problem() for feed in running]
    return [Notice(text, caveat=False) for text in texts if text is not None]


def write(name: str, history: History, folder: Path) -> None:
    """Bring a tracker up to a study that nobody is working on.

    Raises:
        UnknownName, UsageError: see `check`.
    """
    check([name])
    kind = TRACKERS[name]
    tracker = kind.opened(
        target(history, folder), history.spec.trackers.wanted.get(name, kind.settings)
    )
    try:
        for trial in filter(begun, history.trials.values()):
            tracker.write(trial)
    finally:
        tracker.close()
