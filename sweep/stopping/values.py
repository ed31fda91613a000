"""What several rules read from a trial: its values of the metric, and which of two is better."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sweep.model.trial import Goal, Trial


def reported(trial: Trial, metric: str) -> dict[int, float | None]:
    """Epoch → value of the metric, None where it was not finite; without epochs that lack it."""
    return {r.epoch: r.metrics[metric] for r in trial.reports if metric in r.metrics}


def done_at_last_two(trial: Trial, metric: str) -> tuple[int, int]:
    """Epochs done at the last report but one with the metric (0: there is none), and at the last.

    What a trainer calls its first epoch may become clear with its second report. The first number
    is as it was counted at that time, so that a rule passes over no epoch.
    """
    carrying = [
        at for at, report in enumerate(trial.reports) if metric in report.metrics
    ]
    if not carrying:
        return 0, 0
    last = trial.epochs_done(trial.reports[carrying[-1]].epoch)
    if len(carrying) == 1:
        return 0, last
    before = replace(trial, reports=trial.reports[: carrying[-2] + 1])
    return before.epochs_done(before.reports[-1].epoch), last


def is_due(trial: Trial, metric: str, min_iter: int, interval: int) -> bool:
    """Whether a rule with `min_iter` and `interval` looks at a trial's latest report.

    It looks after `min_iter` epochs and every `interval` epochs from there; where a trial reports
    nothing at such an epoch, at its first report behind it (Optuna's `n_warmup_steps` and
    `interval_steps`). A report without the metric does not count.
    """
    if not trial.reports or metric not in trial.reports[-1].metrics:
        return False
    before, done = done_at_last_two(trial, metric)
    due = (done - min_iter) // interval * interval + min_iter
    return done >= min_iter and before < due


def best_of(values: Iterable[float | None], goal: Goal) -> float | None:
    """The best of the finite values, None without any."""
    finite = [value for value in values if value is not None]
    if not finite:
        return None
    return max(finite) if goal == "maximize" else min(finite)


def better(value: float, other: float, goal: Goal) -> bool:
    """Whether a value is strictly better than another."""
    return value > other if goal == "maximize" else value < other


def at_least_as_good(value: float, other: float, goal: Goal) -> bool:
    """Whether a value is better than another, or equal to it."""
    return value >= other if goal == "maximize" else value <= other


def look_caption(rule: str, min_iter: int, interval: int) -> str:
    """What a figure says of a rule that looks every `interval` epochs from `min_iter` on."""
    each = "every epoch" if interval == 1 else f"every {interval} epochs"
    return f"the {rule} rule looks at {each} from {min_iter} on"
