"""`threshold`: a trial stops when its metric leaves the range in which a sound run can lie."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.model.trial import Goal, Trial
from sweep.spec import EarlyTerminate
from sweep.stopping.protocol import Least
from sweep.stopping.values import looks


def threshold(
    trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
) -> str | None:
    """Optuna's `ThresholdPruner`: stop at a value below `lower`, above `upper`, or not finite.

    It judges a trial by itself, whatever its rivals do, and whichever way the goal points.
    """
    if not looks(trial, rule, metric):
        return None
    latest = trial.reports[-1]
    value = latest.metrics[metric]
    if value is None:
        return f"epoch {latest.epoch}: {metric} is not finite"
    if rule.lower is not None and value < rule.lower:
        return f"epoch {latest.epoch}: {metric} {value:.4g} is below {rule.lower:g}"
    if rule.upper is not None and value > rule.upper:
        return f"epoch {latest.epoch}: {metric} {value:.4g} is above {rule.upper:g}"
    return None


def least(rule: EarlyTerminate) -> Least:
    """Any trial may leave the range at the first look."""
    return Least(epochs=rule.min_iter)
