"""`asha`: asynchronous successive halving."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.model.cohort import ranking
from sweep.model.trial import Goal, Trial
from sweep.spec import EarlyTerminate
from sweep.stopping.protocol import Least


def asha(
    trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
) -> str | None:
    """Asynchronous successive halving in its stopping form (Li et al. 2020).

    "A System for Massively Parallel Hyperparameter Tuning", with the rungs and the promotion rule
    of Optuna's `SuccessiveHalvingPruner`: rungs lie after `min_iter · eta^k` epochs. At the first
    report at or behind a rung a trial goes on if its value is among the best `1/eta` of all values
    seen at that rung so far, its own included (always at least the single best one).
    """
    before = trial.reports[-2].epoch + 1 if len(trial.reports) > 1 else 0
    for rung in rungs(rule.min_iter, rule.eta, trial.reports[-1].epoch + 1):
        if rung > before and (why := _beaten(trial, rivals, rung, rule.eta, metric, goal)):
            return why
    return None


def least(rule: EarlyTerminate) -> Least:
    """All but the leader may end at the first rung: where each trial is worse than those before, only one goes on."""
    return Least(whole=1, epochs=rule.min_iter)


def _beaten(
    trial: Trial, rivals: Sequence[Trial], rung: int, eta: int, metric: str, goal: Goal
) -> str | None:
    own = _at_rung(trial, metric, rung)
    if own is None:
        return f"no finite {metric} at rung {rung}"
    seen = ranking(
        rivals, ("rung", metric, rung), lambda rival: _at_rung(rival, metric, rung)
    ).plus(own)
    survivors = max(len(seen) // eta, 1)
    cutoff = seen.best(survivors - 1, goal)
    if own >= cutoff if goal == "maximize" else own <= cutoff:
        return None
    return (
        f"rung {rung}: {metric} {own:.4g}, the best {survivors} of {len(seen)} reach {cutoff:.4g}"
    )


def _at_rung(trial: Trial, metric: str, rung: int) -> float | None:
    return next(
        (report.metrics.get(metric) for report in trial.reports if report.epoch + 1 >= rung), None
    )


def rungs(min_iter: int, eta: int, budget: int) -> list[int]:
    """Numbers of epochs after which asha decides, ascending, none above `budget`."""
    found = []
    rung = min_iter
    while rung <= budget:
        found.append(rung)
        rung *= eta
    return found
