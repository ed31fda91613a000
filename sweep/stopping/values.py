"""What several rules read off a trial: the epochs at which it reported the metric, and whether a rule looks at one."""

from __future__ import annotations

from collections.abc import Iterable

from sweep.model.trial import Goal, Trial
from sweep.spec import EarlyTerminate


def reported(trial: Trial, metric: str) -> dict[int, float | None]:
    """Epoch → value of the metric, None where it was reported and not finite; without the epochs that lack it."""
    return {r.epoch: r.metrics[metric] for r in trial.reports if metric in r.metrics}


def looks(trial: Trial, rule: EarlyTerminate, metric: str) -> bool:
    """Whether a rule with `min_iter` and `interval` looks at a trial's latest report.

    It looks after min_iter epochs and every `interval` epochs from there; where a trial says
    nothing at such an epoch, at its first report behind it (Optuna's `n_warmup_steps` and
    `interval_steps`). A report without the metric is none.
    """
    epochs = list(reported(trial, metric))
    if not epochs or epochs[-1] != trial.reports[-1].epoch or epochs[-1] + 1 < rule.min_iter:
        return False
    first = rule.min_iter - 1
    due = (epochs[-1] - first) // rule.interval * rule.interval + first
    return len(epochs) == 1 or epochs[-2] < due


def best_of(values: Iterable[float | None], goal: Goal) -> float | None:
    """The best of the finite values, None without any."""
    finite = [value for value in values if value is not None]
    return None if not finite else max(finite) if goal == "maximize" else min(finite)


def better(value: float, other: float, goal: Goal) -> bool:
    """Whether a value is strictly better than another."""
    return value > other if goal == "maximize" else value < other
