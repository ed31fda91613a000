"""`asha`: asynchronous successive halving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sweep.model.cohort import ranking
from sweep.model.fault import Fault, Key
from sweep.model.fields import Count
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, Trial
from sweep.stopping.protocol import Least, Looks
from sweep.stopping.rule import Rule, beyond_the_epochs, epochs_left
from sweep.stopping.values import at_least_as_good

Eta = Annotated[int, Field(strict=True, ge=2)]


class Asha(Rule):
    """Asynchronous successive halving in its stopping form (Li et al. 2020, "A System for
    Massively Parallel Hyperparameter Tuning").

    Rungs and promotion are those of Optuna's `SuccessiveHalvingPruner`: rungs lie after `min_iter ·
    eta^k` epochs. At the first report at or behind a rung a trial goes on if its value is among the
    best `1/eta` of all values reported at that rung so far, its own included (always at least the
    single best one).

    Attributes:
        min_iter: epochs of the first rung, which every trial gets.
        eta: one of `eta` trials goes on at each rung.
        max_iter: epochs after which nothing is stopped; None: the trial's `epochs`.
    """

    type: Literal["asha"] = "asha"
    min_iter: Count = 1
    eta: Eta = 3
    max_iter: Count | None = None
    wrappable: ClassVar[bool] = True

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """The first rung since the last report at which the trial is not among the best."""
        done = [trial.epochs_done(report.epoch) for report in trial.reports[-2:]]
        before = done[0] if len(done) > 1 else 0
        for rung in rungs(self.min_iter, self.eta, done[-1]):
            if rung <= before:
                continue
            reason = self._beaten(trial, rivals, rung, metric, goal)
            if reason is not None:
                return reason
        return None

    def _beaten(
        self, trial: Trial, rivals: Sequence[Trial], rung: int, metric: str, goal: Goal
    ) -> str | None:
        own = _value_at_rung(trial, metric, rung)
        if own is None:
            return f"no finite {metric} at rung {rung}"
        others = ranking(
            rivals, ("rung", metric, rung), lambda rival: _value_at_rung(rival, metric, rung)
        )
        ranked = others.plus(own)
        survivors = max(len(ranked) // self.eta, 1)
        cutoff = ranked.best(survivors - 1, goal)
        if at_least_as_good(own, cutoff, goal):
            return None
        best = f"the best {survivors} of {len(ranked)}"
        return f"rung {rung}: {metric} {own:.4g}, {best} reach {cutoff:.4g}"

    def may_stop(self, trial: Trial) -> bool:
        """Until `max_iter` epochs."""
        return epochs_left(trial, self.max_iter)

    def judged(self, epochs: int | None) -> list[int] | None:
        """At the rungs alone."""
        last = self.max_iter if self.max_iter is not None else epochs
        return None if last is None else rungs(self.min_iter, self.eta, last)

    def least(self) -> Least:
        """All but the leader may end at the first rung.

        Where each trial is worse than those before it, only the first one goes on.
        """
        return Least(whole=1, epochs=self.min_iter, until=self.max_iter)

    def looks(self, longest: int) -> Looks:
        """The rungs."""
        epochs = rungs(self.min_iter, self.eta, longest)
        if not epochs:
            return Looks()
        listed = ", ".join(map(str, epochs))
        return Looks(tuple(epochs), f"the rungs of asha after {listed} epochs")

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """Bounds beyond the epochs of a trial."""
        return beyond_the_epochs(at, parameters, min_iter=self.min_iter, max_iter=self.max_iter)


def rungs(min_iter: int, eta: int, budget: int) -> list[int]:
    """Numbers of epochs after which asha decides, ascending, none above `budget`."""
    epochs = []
    rung = min_iter
    while rung <= budget:
        epochs.append(rung)
        rung *= eta
    return epochs


def _value_at_rung(trial: Trial, metric: str, rung: int) -> float | None:
    """The trial's value at its first report at or behind a rung."""
    for report in trial.reports:
        if trial.epochs_done(report.epoch) >= rung:
            return report.metrics.get(metric)
    return None
