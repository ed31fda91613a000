"""Trials, as frozen records."""

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
from sweep.model.smoothing import trailing_means

Goal = Literal["maximize", "minimize"]
# The epoch at which a trial's values are read.
Select = Literal["best", "smoothed", "last"]
# Nothing to do until a running trial ends; nothing to do any more.
Idle = Literal["wait", "done"]
# In a trial's attributes: the checkpoint that it last took over, {`trial`, `epoch`,
# `first_epoch`: the trainer's number of its first epoch}.
COPIED = "copied"
# In a trial's attributes: after how many epochs it was replaced by a copy when it had failed.
REPLACED = "replaced"
# In a suggestion's memory, and so in a trial's: that the sampler drew the configuration without its
# model, to learn about the space.
EXPLORES = "explores"
Configuration = Mapping[str, Any]  # one value for every active parameter


class State(StrEnum):
    """The state of a trial. Only a COMPLETE trial is a result."""

    RUNNING = "running"  # with a worker, or interrupted and waiting for one
    PAUSED = "paused"  # at a rung; continues from its checkpoint when promoted
    COMPLETE = "complete"  # trained its whole budget, or stopped early by itself
    PRUNED = "pruned"  # stopped by the pruner; informs the search, never a result
    FAILED = "failed"  # with a reason

    @property
    def finished(self) -> bool:
        """Whether the trial will never run again."""
        return self not in (State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Trial:
    """One training run of one configuration with one seed and one fold.

    Attributes:
        number: unique in the study, in the order of creation.
        stage: `search` (a sampler chose it), `ablation` (a design chose it) or `retune` (a sampler
            chose it for one arm).
        label: its name in messages: the arm's name, or `search 17`.
        config: complete configuration.
        seed, fold: `fold` is None if the study does not cross-validate.
        state, reason: `reason` says why a trial was pruned, failed, stopped early, or paused.
        reports: one per epoch, in order, each epoch once; grows while the trial runs, and is a
            `sweep.model.reports.Epochs` when it has ended.
        attempts: how often a worker started it.
        overhead: worker seconds outside the epochs: loading data, building the model, the end.
        attributes: what a stage stores with it (a sampler's attributes, the arm of a retuning);
            `reused`: {`study`, `trial`} whose reports it has; `given_up`.
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
        """Worker time of all attempts, up to the last epoch even if the driver was killed."""
        return self.overhead + reports.seconds(self.reports)

    @property
    def reused(self) -> bool:
        """Whether its reports come from another study, so that it cost nothing in this one."""
        return "reused" in self.attributes

    @property
    def explores(self) -> bool:
        """Whether a sampler drew its configuration without its model, to learn about the space."""
        memory = self.attributes.get("memory")
        return isinstance(memory, Mapping) and memory.get(EXPLORES) is True

    @property
    def given_up(self) -> str | None:
        """Why its configuration is not trained with the remaining seeds and folds; else None."""
        return self.attributes.get("given_up")

    @property
    def budget(self) -> int | None:
        """Its planned number of epochs: `epochs`; None if that is not a whole number."""
        return budget_of(self.config)

    @property
    def first_epoch(self) -> int:
        """The number of the trainer's first epoch, 0 or 1, inferred from its reports.

        A trial that copied another one's checkpoint has that one's: where it replaced a failed
        member, epochs between its reports are missing.
        """
        known = self.attributes.get(COPIED, {}).get("first_epoch")
        if known is not None:
            return int(known)
        numbers = reports.epoch_numbers(self.reports)
        if not numbers:
            return 0
        second = int(numbers[1]) if len(numbers) > 1 else None
        return first_epoch(int(numbers[0]), second, int(numbers[-1]), self.budget)

    def epochs_done(self, epoch: int) -> int:
        """The number of trained epochs at the report of `epoch`."""
        return epoch + 1 - self.first_epoch

    @property
    def epochs_trained(self) -> int:
        """The number of epochs that it trained, including epochs without a report.

        A failed member of a population that was replaced by a copy did not train the epochs from
        its failure to the copy.
        """
        behind = self.epochs_behind
        numbers = reports.epoch_numbers(self.reports)
        skipped = reached = 0
        for after in self.attributes.get(REPLACED, ()):
            if behind <= after:
                break  # it has not reported since
            earlier = [int(n) for n in numbers if self.epochs_done(int(n)) <= after]
            reached = max(reached, self.epochs_done(earlier[-1]) if earlier else 0)
            skipped += after - reached
            reached = after
        return behind - skipped

    @property
    def epochs_behind(self) -> int:
        """The number of epochs of its budget that its weights were trained.

        A complete trial that reports every fifth epoch has trained its whole budget if its next
        report would come after the end of the budget.
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
        """Epoch → value of one metric, without epochs that have no finite value."""
        return reports.curve(self.reports, metric)

    def best(self, metric: str, goal: Goal) -> Report | None:
        """The report with the best value of `metric`, the earliest of equal ones; else None."""
        values = reports.finite(self.reports, metric)
        if not values:
            return None
        value = max(values) if goal == "maximize" else min(values)
        return reports.earliest(self.reports, metric, value)

    def selected(self, metric: str, goal: Goal, select: Select) -> Report | None:
        """The report whose values count; None if no report carries `metric`.

        The best by `metric`, the one with the best mean of the latest epochs (`smoothing`), or the
        last with `metric`.
        """
        if select == "smoothed":
            return self._smoothed(metric, goal)
        if select == "last":
            return next(
                (r for r in reversed(self.reports) if metric in r.metrics), None
            )
        return self.best(metric, goal)

    def _smoothed(self, metric: str, goal: Goal) -> Report | None:
        """The first report with the best trailing mean of `metric`."""
        curve = self.curve(metric)
        if not curve:
            return None
        means = trailing_means(list(curve.values()))
        best = max(means) if goal == "maximize" else min(means)
        epoch = list(curve)[means.index(best)]
        return next(report for report in self.reports if report.epoch == epoch)


@dataclass(frozen=True, slots=True)
class EpochReport:
    """A worker's report of one epoch.

    Attributes:
        metrics: name → value; None: the value is not finite, or beyond ±`LARGEST`.
        seconds: since the last report, on a monotonic clock.
        checkpoint: SHA-256 of the checkpoint written with it; None if the trainer registered no
            state.
        waits: whether the trainer waits until the study has recorded the report.
    """

    epoch: int
    metrics: dict[str, float | None]
    seconds: float
    checkpoint: str | None
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trial that a stage proposes; fields as in `Trial`."""

    stage: str
    label: str
    config: Configuration
    seed: int
    fold: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copied:
    """Another trial's checkpoint, from which a trial continues.

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
    """One attempt at one trial, as it is sent to a worker.

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
        stored: SHA-256 of the manifest of its files in the storage; None: the log names none.
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
    stored: str | None = None

    def judged_at(self, epoch: int, before: int, first: int | None = None) -> bool:
        """Whether the study may stop the trial at its report of `epoch`.

        Args:
            epoch: the epoch of the report.
            before: the epoch of the report before; -1: there was none.
            first: the number of the trainer's first epoch, 0 or 1. None: unknown; then the trial
                may be stopped if that holds for 0 or for 1.
        """
        if self.judged is None:
            return True
        for start in (0, 1) if first is None else (first,):
            done_before, done = before + 1 - start, epoch + 1 - start
            if any(done_before < number <= done for number in self.judged):
                return True
        return False


def configuration_key(config: Configuration) -> str:
    """A key of a configuration, equal for equal values in any order: 16 hex digits of SHA-256.

    1 and 1.0 count as equal, as for a trainer.
    """
    plain = {}
    for name, value in config.items():
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        plain[name] = float(value) if is_integer else value
    text = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:16]


def trial_folder(trial: Trial) -> str:
    """The folder's name, such as `00012-focal-g-2-seed0`: number, shortened label and seed."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in trial.label)
    slug = "-".join(part for part in kept.split("-") if part)[:40].rstrip("-").lower()
    seed = f"-seed{trial.seed}" + ("" if trial.fold is None else f"-fold{trial.fold}")
    return f"{trial.number:05d}-{slug or 'trial'}{seed}"
