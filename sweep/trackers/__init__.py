"""Log a study to other tools: one protocol, one registry.

| file | writes |
|---|---|
| `tensorboard` | event files |
| `mlflow` | runs in an MLflow store |
| `wandb` | runs of Weights & Biases, offline or online |

`protocol` defines what a tracker receives and does; `feed` runs one in a thread. The log stays
authoritative: an event is recorded before a tracker receives it, and a session starts by writing to
the trackers what they lack.
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
    """A kind of tracker.

    Attributes:
        opened: opens it for a study.
        settings: default settings, a section of the study file.
        package: the module that it imports, and the package to install.
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
    """Refuse trackers that are unknown or not installed.

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
    """The feeds of a study's trackers; each is a listener once it is started.

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
    """A notice for each tracker that has failed since the last call.

    Tables do not mention it, since it does not affect results.
    """
    texts = [feed.problem() for feed in running]
    return [Notice(text, caveat=False) for text in texts if text is not None]


def write(name: str, history: History, folder: Path) -> None:
    """Write to a tracker what it lacks of a study that no session runs.

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
