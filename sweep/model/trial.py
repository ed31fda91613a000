"""What a trial is. Frozen records, no behaviour beyond reading themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import orjson

from sweep.model import reports
from sweep.model.epoch_numbers import budget_of, first_epoch
from sweep.model.reports import Report as Report

Goal = Literal["maximize", "minimize"]
Select = Literal["best", "last"]  # the epoch at which a trial's values are read
Idle = Literal[
    "wait", "done"
]  # nothing to do until a running trial ends; nothing to do any more
Configuration = Mapping[str, Any]  # one value for every active parameter


class State(StrEnum):
    """Where a trial stands. Only COMPLETE is a result."""

    RUNNING = "running"  # handed to a worker, or interrupted and to be handed out again
    PAUSED = (
        "paused"  # waits at a rung, and goes on from its checkpoint once it is promoted
    )
    COMPLETE = "complete"  # ran its whole budget, or stopped early by its own rule
    PRUNED = "pruned"  # stopped by the pruner: a search hint, never a result
    FAILED = "failed"  # with a reason

    @property
    def finished(self) -> bool:
        """Whether the trial will never run again."""
        return self not in (State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Trial:
    """One training run of one configuration with one seed and one fold.

    Attributes:
        number: unique in the study, in the order the trials were decided on.
        stage: `search` (Optuna chose it) or `ablation` (a design chose it) or `retune` (Optuna, for
            one arm).
        label: what it is called in messages: the arm's name, or `search 17`.
        config: complete configuration.
        seed, fold: `fold` is None when the study does not cross-validate.
        state, reason: `reason` says why a trial was pruned or failed, stopped early, or pauses.
        reports: one per epoch, in order, each epoch once; grows while the trial runs,
            `sweep.model.reports.Epochs` once it has ended.
        attempts: how often it was handed to a worker.
        overhead: worker seconds outside the epochs: loading data, building the model, the end.
        attributes: what a stage needs to remember with it (Optuna's system attributes, the arm of a
            retune), and `reused`: {`study`, `trial`} of the trial that this one was taken over
            from; `given_up`.
    """

    number: int
    stage: str
    label: str
    config: Configuration
    seed: int
    fold: int | None = None
    state: State = State.RUNNING
    reason: str = ""
    reports: Sequence[Report] = ()
    attempts: int = 0
    overhead: float = 0.0
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Worker time over all attempts; known to the last epoch even when the driver
        was killed.
        """
        return self.overhead + reports.seconds(self.reports)

    @property
    def reused(self) -> bool:
        """Whether it was taken over from another study, and cost nothing in this one."""
        return "reused" in self.attributes

    @property
    def given_up(self) -> str | None:
        """Why its configuration is not trained with its remaining seeds and folds; None
        if nothing says so.
        """
        return self.attributes.get("given_up")

    @property
    def budget(self) -> int | None:
        """Epochs that it was to train: its parameter `epochs`, None if that is no whole number."""
        return budget_of(self.config)

    @property
    def first_epoch(self) -> int:
        """What the trainer calls its first epoch, 0 or 1, as far as its reports tell."""
        numbers = reports.epoch_numbers(self.reports)
        if not numbers:
            return 0
        second = int(numbers[1]) if len(numbers) > 1 else None
        return first_epoch(int(numbers[0]), second, int(numbers[-1]), self.budget)

    def epochs_done(self, epoch: int) -> int:
        """How many epochs are over at the report of `epoch`: its number, counted from 1."""
        return epoch + 1 - self.first_epoch

    @property
    def epochs_trained(self) -> int:
        """Epochs up to the last report, whether or not each was reported.

        A complete trial that reports every fifth epoch has trained its whole budget if the next
        report would have been due beyond it.
        """
        if not self.reports:
            return 0
        last = self.reports[-1].epoch
        done, full = self.epochs_done(last), self.budget
        if self.state is not State.COMPLETE or full is None or len(self.reports) < 2:
            return done
        interval = last - self.reports[-2].epoch
        return full if done < full < done + interval else done

    def curve(self, metric: str) -> dict[int, float]:
        """Epoch → value of one metric, without the epochs that did not report a finite value."""
        return reports.curve(self.reports, metric)

    def best(self, metric: str, goal: Goal) -> Report | None:
        """The report with the best value of `metric` (the earliest of equals), or None
        without any.
        """
        values = reports.finite(self.reports, metric)
        if not values:
            return None
        value = max(values) if goal == "maximize" else min(values)
        return reports.earliest(self.reports, metric, value)

    def selected(self, metric: str, goal: Goal, select: Select) -> Report | None:
        """The report whose values count: the best by `metric`, or the last that carries it; None if
        there is none such.
        """
        if select == "last":
            return next(
                (r for r in reversed(self.reports) if metric in r.metrics), None
            )
        return self.best(metric, goal)


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One epoch on its way to the study.

    Attributes:
        metrics: name → value; None stands for a value that was not finite, or beyond ±`LARGEST`.
        seconds: since the last report, on a monotonic clock.
        checkpoint: SHA-256 of the checkpoint written with it, None if the trainer registered no
            state.
        waits: whether the trainer goes on only when the study knows the report.
    """

    epoch: int
    metrics: dict[str, float | None]
    seconds: float
    checkpoint: str | None
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trial that a stage wants; fields as in `Trial`."""

    stage: str
    label: str
    config: Configuration
    seed: int
    fold: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copied:
    """Another trial's checkpoint that a trial goes on from.

    Attributes:
        folder: of the other trial, absolute.
        epoch: of the checkpoint.
        sha256: of its file.
    """

    folder: str
    epoch: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """One attempt at one trial: what a worker is handed.

    Attributes:
        folds: number of folds, None when the study does not cross-validate.
        attempt: 1 for the first.
        folder: the trial's folder, absolute.
        last_epoch: the last epoch the log knows; None for a trial that never reported.
        checkpoints: SHA-256 by epoch of the checkpoints the log knows.
        cpu, gpu: what it is given; `gpu` None: one where there are GPUs, else none.
        judged: numbers of epochs at which the study may stop the trial: at the first report at or
            behind each. None: at every report.
        seeds: one for each source of randomness that is drawn apart: `run.seeds`; None: all follow
            `seed`.
        copied: the checkpoint of another trial that this attempt begins with; None: its own.
        explored: parameters whose values change while the trial trains.
        recorded: the configuration that its files keep, with values by epoch of a member that has
            copied others; None: `config`.
        kept: numbers of epochs whose checkpoints others may need: the last two such stay.
        first_epoch: what the trainer calls its first epoch, 0 or 1; None: it has reported none.
    """

    trial: int
    label: str
    config: Configuration
    seed: int
    fold: int | None
    folds: int | None
    attempt: int
    folder: str
    last_epoch: int | None
    checkpoints: Mapping[int, str]
    cpu: float = 1.0
    gpu: float | None = None
    judged: Sequence[int] | None = None
    seeds: Mapping[str, int] | None = None
    copied: Copied | None = None
    explored: Sequence[str] = ()
    recorded: Configuration | None = None
    kept: Sequence[int] = ()
    first_epoch: int | None = None

    def judged_at(self, epoch: int, before: int, first: int | None = None) -> bool:
        """Whether the study may stop the trial at its report of `epoch`.

        Args:
            before: the epoch of the report before; -1: there was none.
            first: what the trainer calls its first epoch, 0 or 1. None: not certain, and it may be
                stopped where it would be either way.
        """
        if self.judged is None:
            return True
        for start in (0, 1) if first is None else (first,):
            done_before, done = before + 1 - start, epoch + 1 - start
            if any(done_before < number <= done for number in self.judged):
                return True
        return False


def configuration_key(config: Configuration) -> str:
    """Name of a configuration: equal for equal values in any order, 16 hex digits of SHA-256.

    1 and 1.0 are the same number to a trainer, so they are the same here.
    """
    plain = {
        k: float(v) if isinstance(v, int) and not isinstance(v, bool) else v
        for k, v in config.items()
    }
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()[
        :16
    ]


def trial_folder(trial: Trial) -> str:
    """`00012-focal-g-2`: the number, and as much of the label as any file system takes."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in trial.label)
    slug = "-".join(part for part in kept.split("-") if part)[:40].rstrip("-").lower()
    seed = f"-seed{trial.seed}" + ("" if trial.fold is None else f"-fold{trial.fold}")
    return f"{trial.number:05d}-{slug or 'trial'}{seed}"
