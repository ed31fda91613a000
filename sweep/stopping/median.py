"""`median`: the median stopping rule."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from sweep.model.cohort import ranking
from sweep.model.trial import Goal, State, Trial
from sweep.spec import EarlyTerminate
from sweep.stopping.protocol import Least

_RIVALS = 4  # completed ones, before anything is stopped


def median(
    trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
) -> str | None:
    """Median stopping rule (Golovin et al. 2017, "Google Vizier", §3.2.1).

    After `min_iter` epochs a trial stops if its best value so far is worse than the median of the
    finished rivals' running averages up to the same epoch.

    At least four rivals must have completed (as Optuna's `n_startup_trials` is 5 with the trial
    itself).
    """
    epoch = trial.reports[-1].epoch
    best = trial.best(metric, goal)
    if epoch + 1 < rule.min_iter or best is None:
        return None
    averages = ranking(
        rivals, ("average", metric, epoch), lambda rival: _average(rival, metric, epoch)
    )
    if len(averages) < _RIVALS:
        return None
    middle = averages.median()
    own = best.metrics[metric]
    if own is None or (own >= middle if goal == "maximize" else own <= middle):
        return None
    return f"epoch {epoch}: best {metric} {own:.4g} is behind the median {middle:.4g} of {len(averages)} trials"


def least(rule: EarlyTerminate) -> Least:
    """Four have to complete before any is stopped."""
    return Least(whole=_RIVALS, epochs=rule.min_iter)


def _average(rival: Trial, metric: str, epoch: int) -> float | None:
    """A complete trial's mean up to an epoch."""
    seen = (
        [value for at, value in rival.curve(metric).items() if at <= epoch]
        if rival.state is State.COMPLETE
        else []
    )
    return statistics.fmean(seen) if seen else None
