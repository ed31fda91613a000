"""`percentile`: a trial continues while it is among the best x per cent at its epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sweep.model.cohort import complete, ranking
from sweep.model.fault import Fault, Key
from sweep.model.fields import Count
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, State, Trial
from sweep.stopping.protocol import Least, Looks
from sweep.stopping.rule import Rule, beyond_the_epochs, epochs_left
from sweep.stopping.values import best_of, better, is_due, look_caption, reported


class Percentile(Rule):
    """Optuna's `PercentilePruner`; its median pruner is the case 50.

    Once `n_startup_trials` rivals are complete, a trial stops if its best value so far is worse
    than the percentile of the complete rivals' values at the same epoch (interpolated linearly, as
    by `numpy.percentile`). Rivals without a report at that epoch do not count. `median` compares
    with running averages instead, as Google Vizier does.

    Attributes:
        type: `percentile`.
        percentile: a trial continues while its best value is among the best `percentile` per cent
            at its epoch.
        min_iter: epochs before the first decision.
        interval: epochs between decisions.
        n_startup_trials: completed trials before any is stopped; Optuna's default.
        max_iter: epochs after which no trial is stopped; None: the trial's `epochs`.
    """

    type: Literal["percentile"] = "percentile"
    percentile: Annotated[float, Field(strict=True, ge=0, le=100)] = Field(
        examples=[25]
    )
    min_iter: Count = 1
    interval: Count = 1
    n_startup_trials: Annotated[int, Field(strict=True, ge=0)] = 5
    max_iter: Count | None = None
    wrappable: ClassVar[bool] = True

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """The percentile that the trial's best value is behind."""
        if not is_due(trial, metric, self.min_iter, self.interval):
            return None
        if complete(rivals) < self._rivals:
            return None
        epoch = trial.reports[-1].epoch
        done = trial.epochs_done(epoch)
        value = best_of(reported(trial, metric).values(), goal)
        if value is None:
            return f"no finite {metric} in {done} epochs"
        others = ranking(
            rivals,
            ("at epoch", metric, epoch),
            lambda rival: _value_at(rival, metric, epoch),
        )
        if not len(others):
            return None
        share = 100 - self.percentile if goal == "maximize" else self.percentile
        cutoff = others.percentile(share)
        if not better(cutoff, value, goal):
            return None
        best = f"the best {self.percentile:g} % of {len(others)} trials"
        return (
            f"epoch {done}: best {metric} {value:.4g} is behind {cutoff:.4g}, which {best}"
            " reach"
        )

    @property
    def _rivals(self) -> int:
        """Number of rivals that must be complete, at least one."""
        return max(self.n_startup_trials, 1)

    def may_stop(self, trial: Trial) -> bool:
        """Until `max_iter` epochs."""
        return epochs_left(trial, self.max_iter)

    def least(self) -> Least:
        """At least `n_startup_trials` trials, and at least one, must complete."""
        return Least(whole=self._rivals, epochs=self.min_iter, until=self.max_iter)

    def looks(self, longest: int) -> Looks:
        """The first look."""
        if self.min_iter > longest:
            return Looks()
        return Looks(
            (self.min_iter,), look_caption(self.type, self.min_iter, self.interval)
        )

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """Bounds beyond the epochs of a trial."""
        return beyond_the_epochs(
            at, parameters, min_iter=self.min_iter, max_iter=self.max_iter
        )


def _value_at(rival: Trial, metric: str, epoch: int) -> float | None:
    """A complete trial's value at an epoch."""
    return rival.curve(metric).get(epoch) if rival.state is State.COMPLETE else None
