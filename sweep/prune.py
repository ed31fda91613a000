"""Floor 3: whether a running trial goes on, as pure functions of what the log says.

A pruner sees the trial with its reports and its rivals (the trials of the same stage, in the order they were created)
and answers None to go on or a sentence saying why to stop. It keeps nothing between calls, so a resumed study decides
exactly as an uninterrupted one.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Protocol

from sweep.errors import UnknownName
from sweep.spec import EarlyTerminate
from sweep.trial import Goal, Trial


class Pruner(Protocol):
    """The seam: one function per rule, listed in `PRUNERS`."""

    def __call__(
        self, trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
    ) -> str | None:
        """Why `trial` should stop after its latest report, or None."""


def keep_all(trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal) -> str | None:
    """`none`: every trial runs its whole budget."""
    return None


def may_stop(trial: Trial, rule: EarlyTerminate) -> bool:
    """Whether a rule may stop `trial` after its latest report: not once `max_iter` epochs (default: all) are done."""
    last = rule.max_iter if rule.max_iter is not None else trial.config.get("epochs")
    if rule.type == "hyperband":  # it counts reports, and there may be several an epoch
        return len(trial.reports) != trial.config.get("epochs")
    return not isinstance(last, int) or trial.reports[-1].epoch + 1 < last


def asha(trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal) -> str | None:
    """Asynchronous successive halving in its stopping form (Li et al. 2020).

    "A System for Massively Parallel Hyperparameter Tuning", with the rungs and the promotion rule of Optuna's
    `SuccessiveHalvingPruner`: rungs lie after `min_iter · eta^k` epochs. At the first report at or behind a rung a
    trial goes on if its value is among the best `1/eta` of all values seen at that rung so far, its own included
    (always at least the single best one).
    """
    before = trial.reports[-2].epoch + 1 if len(trial.reports) > 1 else 0
    for rung in rungs(rule.min_iter, rule.eta, trial.reports[-1].epoch + 1):
        if rung > before and (why := _beaten(trial, rivals, rung, rule.eta, metric, goal)):
            return why
    return None


def _beaten(trial: Trial, rivals: Sequence[Trial], rung: int, eta: int, metric: str, goal: Goal) -> str | None:
    own = _at_rung(trial, metric, rung)
    if own is None:
        return f"no finite {metric} at rung {rung}"
    seen = [own, *(value for rival in rivals if (value := _at_rung(rival, metric, rung)) is not None)]
    survivors = max(len(seen) // eta, 1)
    cutoff = sorted(seen, reverse=goal == "maximize")[survivors - 1]
    if own >= cutoff if goal == "maximize" else own <= cutoff:
        return None
    return f"rung {rung}: {metric} {own:.4g}, the best {survivors} of {len(seen)} reach {cutoff:.4g}"


def _at_rung(trial: Trial, metric: str, rung: int) -> float | None:
    return next((report.metrics.get(metric) for report in trial.reports if report.epoch + 1 >= rung), None)


def rungs(min_iter: int, eta: int, budget: int) -> list[int]:
    """Numbers of epochs after which asha decides, ascending, none above `budget`."""
    found = []
    rung = min_iter
    while rung <= budget:
        found.append(rung)
        rung *= eta
    return found


def median(trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal) -> str | None:
    """Median stopping rule (Golovin et al. 2017, "Google Vizier", §3.2.1).

    After `min_iter` epochs a trial stops if its best value so far is worse than the median of the finished rivals'
    running averages up to the same epoch.

    At least four rivals must have completed (as Optuna's `n_startup_trials` is 5 with the trial itself).
    """
    epoch = trial.reports[-1].epoch
    best = trial.best(metric, goal)
    if epoch + 1 < rule.min_iter or best is None:
        return None
    averages = [
        statistics.fmean(seen)
        for rival in rivals
        if rival.state == "complete" and (seen := [value for at, value in rival.curve(metric).items() if at <= epoch])
    ]
    if len(averages) < 4:
        return None
    middle = statistics.median(averages)
    own = best.metrics[metric]
    if own is None or (own >= middle if goal == "maximize" else own <= middle):
        return None
    return f"epoch {epoch}: best {metric} {own:.4g} is behind the median {middle:.4g} of {len(averages)} trials"


def hyperband(trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal) -> str | None:
    """The rule of W&B sweeps (`hyperband_stop_runs` of its open-source engine), decided at every report.

    A trial that has reported the metric often enough for a bracket is compared at the last such bracket with all
    trials that got there, itself included: its best value so far (`strict`: its value at the bracket) has to be as
    good as theirs at position n/eta, counted from 0 and from the best. Unlike asha it asks again at every report, so
    that a trial can be stopped between brackets by rivals that came later.
    """
    own, *others = [list(t.curve(metric).values()) for t in (trial, *rivals)]
    reached = [bracket for bracket in brackets(rule, len(own)) if bracket <= len(own)]
    if not reached:
        return None
    bracket, highest = reached[-1], goal == "maximize"
    seen = sorted((v[bracket - 1] for v in (own, *others) if len(v) >= bracket), reverse=highest)
    cutoff = seen[int(len(seen) / rule.eta)]
    value = own[bracket - 1] if rule.strict else max(own) if highest else min(own)
    if value >= cutoff if highest else value <= cutoff:
        return None
    which = f"{metric} {value:.4g}" if rule.strict else f"best {metric} {value:.4g}"
    return f"bracket {bracket}: {which} is behind {cutoff:.4g}, of {len(seen)} trials that got there"


def brackets(rule: EarlyTerminate, budget: int) -> list[int]:
    """Numbers of reports after which hyperband decides, ascending: min_iter · eta^k, or with `s` max_iter / eta^k."""
    if rule.s is None or rule.max_iter is None:
        return rungs(rule.min_iter, rule.eta, budget)
    found = [int(rule.max_iter / rule.eta**k) for k in range(1, rule.s + 1)]
    return sorted(bracket for bracket in found if bracket >= 1)


PRUNERS: Mapping[str, Pruner] = {"none": keep_all, "asha": asha, "median": median, "hyperband": hyperband}


def pruner(name: str) -> Pruner:
    """The pruner of a name.

    Raises:
        UnknownName: no such pruner.
    """
    try:
        return PRUNERS[name]
    except KeyError:
        raise UnknownName("early_terminate type", name, PRUNERS) from None
