"""`percentile`: a trial goes on while it is among the best so many per cent at its epoch."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.model.cohort import complete, ranking
from sweep.model.trial import Goal, State, Trial
from sweep.spec import EarlyTerminate
from sweep.stopping.protocol import Least
from sweep.stopping.values import best_of, better, looks, reported


def percentile(
    trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
) -> str | None:
    """Optuna's `PercentilePruner`, of which its median pruner is the case 50.

    Once `n_startup_trials` rivals are complete, a trial stops if its best value so far is worse
    than the percentile of the complete rivals' values at the same epoch (linear between them, as
    `numpy.percentile`). Rivals that reported nothing at that epoch do not count. `median` compares
    with running averages instead, as Google Vizier does.
    """
    if (
        rule.percentile is None
        or not looks(trial, rule, metric)
        or complete(rivals) < max(rule.n_startup_trials, 1)
    ):
        return None
    epoch = trial.reports[-1].epoch
    own = best_of(reported(trial, metric).values(), goal)
    if own is None:
        return f"no finite {metric} in {epoch + 1} epochs"
    there = ranking(
        rivals, ("at epoch", metric, epoch), lambda rival: _at_epoch(rival, metric, epoch)
    )
    if not len(there):
        return None
    cutoff = there.percentile(100 - rule.percentile if goal == "maximize" else rule.percentile)
    if not better(cutoff, own, goal):
        return None
    among = f"the best {rule.percentile:g} % of {len(there)} trials"
    return f"epoch {epoch}: best {metric} {own:.4g} is behind {cutoff:.4g}, which {among} reach"


def least(rule: EarlyTerminate) -> Least:
    """As many have to complete as the rule says, and one at the least."""
    return Least(whole=max(rule.n_startup_trials, 1), epochs=rule.min_iter)


def _at_epoch(rival: Trial, metric: str, epoch: int) -> float | None:
    """A complete trial's value at an epoch."""
    return rival.curve(metric).get(epoch) if rival.state is State.COMPLETE else None
