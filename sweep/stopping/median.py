"""`median`: the median stopping rule."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from sweep.model.cohort import ranking
from sweep.model.fault import Fault, Key
from sweep.model.fields import Count
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, State, Trial
from sweep.stopping.protocol import Least, Looks
from sweep.stopping.rule import Rule, beyond_the_epochs, epochs_left
from sweep.stopping.values import at_least_as_good, look_caption

# complete rivals needed; Optuna's n_startup_trials, 5, includes the trial itself
_RIVALS = 4


class Median(Rule):
    """Median stopping rule (Golovin et al. 2017, "Google Vizier", §3.2.1).

    After `min_iter` epochs a trial stops if its best value so far is worse than the median of the
    complete rivals' running averages up to the same epoch. At least four rivals must be complete.

    Attributes:
        type: `median`.
        min_iter: epochs that every trial trains.
        max_iter: epochs after which no trial is stopped; None: the trial's `epochs`.
    """

    type: Literal["median"] = "median"
    min_iter: Count = 1
    max_iter: Count | None = None
    wrappable: ClassVar[bool] = True

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """The median that the trial's best value is behind."""
        epoch = trial.reports[-1].epoch
        best = trial.best(metric, goal)
        done = trial.epochs_done(epoch)
        if done < self.min_iter or best is None:
            return None
        averages = ranking(
            rivals,
            ("average", metric, epoch),
            lambda rival: _average(rival, metric, epoch),
        )
        if len(averages) < _RIVALS:
            return None
        middle = averages.median()
        value = best.metrics[metric]
        if value is None or at_least_as_good(value, middle, goal):
            return None
        of_rivals = f"the median {middle:.4g} of {len(averages)} trials"
        return f"epoch {done}: best {metric} {value:.4g} is behind {of_rivals}"

    def may_stop(self, trial: Trial) -> bool:
        """Until `max_iter` epochs."""
        return epochs_left(trial, self.max_iter)

    def least(self) -> Least:
        """Four trials must complete before any is stopped."""
        return Least(whole=_RIVALS, epochs=self.min_iter, until=self.max_iter)

    def looks(self, longest: int) -> Looks:
        """The first look."""
        if self.min_iter > longest:
            return Looks()
        return Looks((self.min_iter,), look_caption(self.type, self.min_iter, 1))

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """Bounds beyond the epochs of a trial."""
        return beyond_the_epochs(
            at, parameters, min_iter=self.min_iter, max_iter=self.max_iter
        )


def _average(rival: Trial, metric: str, epoch: int) -> float | None:
    """A complete trial's mean up to an epoch."""
    if rival.state is not State.COMPLETE:
        return None
    curve = rival.curve(metric)
    values = [value for reported, value in curve.items() if reported <= epoch]
    return statistics.fmean(values) if values else None
