"""What a member of a population was trained with, epoch by epoch, and from whose checkpoints.

A trial of population based training is a member: it keeps its number and its reports while its
weights and values may be replaced by another member's. Its lineage is the way of the weights that
it has now: the member they began in, and every copy since. With one seed for all members, a run
that follows the lineage's values from the first epoch on repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.model.by_epoch import value_by_epoch
from sweep.model.trial import COPIED, Trial

LINEAGE = "lineage"  # in a trial's attributes
FAILURE = "failure"  # why it failed, while it waits to be replaced by a copy


@dataclass(frozen=True)
class Step:
    """A copy on the way of a member's weights.

    Attributes:
        after: epochs that were trained before it.
        source: number of the trial whose checkpoint was copied.
        trial: number of the trial that took it over.
        values: of the explored parameters from there on.
    """

    after: int
    source: int
    trial: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Lineage:
    """The way of a member's weights.

    Attributes:
        root: number of the trial that they were initialised in.
        config: of that trial at its first epoch.
        steps: the copies since, in order.
    """

    root: int
    config: Mapping[str, Any]
    steps: Sequence[Step] = ()

    @property
    def current(self) -> dict[str, Any]:
        """The configuration that the member trains with now."""
        config = dict(self.config)
        for step in self.steps:
            config |= step.values
        return config

    def schedule(self, names: Sequence[str]) -> dict[str, dict[int, Any]]:
        """Explored parameter → epochs trained → its value from there on."""
        points = {name: {0: self.config[name]} for name in names}
        for step in self.steps:
            for name, value in step.values.items():
                points[name][step.after] = value
        return points

    def scheduled(self, names: Sequence[str]) -> dict[str, Any]:
        """The configuration with the explored parameters' values by epoch."""
        by_epoch = {
            name: value_by_epoch(points)
            for name, points in self.schedule(names).items()
        }
        return {**self.config, **by_epoch}

    def plain(self) -> dict[str, Any]:
        """As JSON, for a trial's attributes."""
        steps = [
            {
                "after": step.after,
                "source": step.source,
                "trial": step.trial,
                "values": dict(step.values),
            }
            for step in self.steps
        ]
        return {"root": self.root, "config": dict(self.config), "steps": steps}


def lineage(trial: Trial) -> Lineage:
    """The trials whose weights a trial continued; only itself if it never copied."""
    plain = trial.attributes.get(LINEAGE)
    if plain is None:
        return Lineage(trial.number, trial.config)
    steps = tuple(Step(**step) for step in plain["steps"])
    return Lineage(plain["root"], plain["config"], steps)


def current_config(trial: Trial) -> Mapping[str, Any]:
    """The configuration that a trial trains with now: its own, unless it copied another's."""
    return lineage(trial).current if LINEAGE in trial.attributes else trial.config


def has_copied(trial: Trial) -> bool:
    """Whether a trial continued from another trial's checkpoint."""
    return LINEAGE in trial.attributes


def failure_of(trial: Trial) -> str | None:
    """Why a member failed that waits to be replaced by a copy of another one; else None."""
    return trial.attributes.get(FAILURE)


def with_copy(
    target: Trial,
    source: Trial,
    after: int,
    epoch: int,
    values: Mapping[str, Any],
    first_epoch: int | None = None,
) -> dict[str, Any]:
    """The attributes of a trial that takes over another one's checkpoint.

    Args:
        after: epochs that both have trained.
        epoch: the trainer's number of the last one, that of the checkpoint.
        values: of the explored parameters from there on.
        first_epoch: the trainer's number of its first epoch, if it is known.
    """
    before = lineage(source)
    step = Step(after, source.number, target.number, values)
    grown = Lineage(before.root, before.config, (*before.steps, step))
    copied = {"trial": source.number, "epoch": epoch}
    if first_epoch is not None:
        copied["first_epoch"] = first_epoch
    attributes = {**target.attributes, LINEAGE: grown.plain(), COPIED: copied}
    attributes.pop(FAILURE, None)
    return attributes
