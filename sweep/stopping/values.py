"""What several rules share: a trial's values of the metric, and comparing two values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sweep.model.trial import Goal, Trial


def reported(trial: Trial, metric: str) -> dict[int, float | None]:
    """Epoch → value of the metric (None: not finite); epochs without the metric are left out."""
    values = {}
    for report in trial.reports:
        if metric in report.metrics:
            values[report.epoch] = report.metrics[metric]
    return values


def done_at_last_two(trial: Trial, metric: str) -> tuple[int, int]:
    """Epochs done at the last two reports that have the metric; 0 for a report that is missing.

    Whether a trainer counts epochs from 0 or 1 may become clear only with its second report. The
    earlier number is therefore counted as it was at that time, so that a rule skips no epoch.
    """
    indices = [i for i, report in enumerate(trial.reports) if metric in report.metrics]
    if not indices:
        return 0, 0
    last = trial.epochs_done(trial.reports[indices[-1]].epoch)
    if len(indices) == 1:
        return 0, last
    earlier_reports = trial.reports[: indices[-2] + 1]
    earlier = replace(trial, reports=earlier_reports)
    return earlier.epochs_done(earlier_reports[-1].epoch), last


def is_due(trial: Trial, metric: str, min_iter: int, interval: int) -> bool:
    """Whether a rule with `min_iter` and `interval` decides at a trial's latest report.

    A rule decides after `min_iter` epochs, then every `interval` epochs (Optuna's `n_warmup_steps`
    and `interval_steps`). If a trial reports nothing at such an epoch, the rule decides at the next
    report. A report without the metric does not count.
    """
    if not trial.reports or metric not in trial.reports[-1].metrics:
        return False
    before, done = done_at_last_two(trial, metric)
    if done < min_iter:
        return False
    intervals = (done - min_iter) // interval
    latest_decision = min_iter + intervals * interval
    return before < latest_decision


def best_of(values: Iterable[float | None], goal: Goal) -> float | None:
    """The best finite value (None stands for one that is not finite); None if there is none."""
    finite = [value for value in values if value is not None]
    if not finite:
        return None
    return max(finite) if goal == "maximize" else min(finite)


def better(value: float, other: float, goal: Goal) -> bool:
    """Whether `value` is strictly better than `other`."""
    return value > other if goal == "maximize" else value < other


def at_least_as_good(value: float, other: float, goal: Goal) -> bool:
    """Whether `value` is better than `other`, or equal to it."""
    return value >= other if goal == "maximize" else value <= other


def look_caption(rule: str, min_iter: int, interval: int) -> str:
    """The caption of a rule that decides every `interval` epochs from `min_iter` on."""
    each = "every epoch" if interval == 1 else f"every {interval} epochs"
    return f"the {rule} rule looks at {each} from {min_iter} on"
