"""What several rules read from a trial: its values of the metric, and which of two is better."""

from __future__ import annotations

from collections.abc import Iterable

from sweep.model.trial import Goal, Trial


def reported(trial: Trial, metric: str) -> dict[int, float | None]:
    """Epoch → value of the metric, None where it was not finite; without epochs that lack it."""
    return {r.epoch: r.metrics[metric] for r in trial.reports if metric in r.metrics}


def is_due(trial: Trial, metric: str, min_iter: int, interval: int) -> bool:
    """Whether a rule with `min_iter` and `interval` looks at a trial's latest report.

    It looks after `min_iter` epochs and every `interval` epochs from there; where a trial reports
    nothing at such an epoch, at its first report behind it (Optuna's `n_warmup_steps` and
    `interval_steps`). A report without the metric does not count.
    """
    epochs = list(reported(trial, metric))
    if not epochs or epochs[-1] != trial.reports[-1].epoch:
        return False
    done = [trial.epochs_done(epoch) for epoch in epochs[-2:]]
    if done[-1] < min_iter:
        return False
    due = (done[-1] - min_iter) // interval * interval + min_iter
    return len(done) == 1 or done[0] < due


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
