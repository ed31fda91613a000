"""`patient`: a trial may stop once it has stopped improving; alone, or before another rule is asked."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.model.trial import Goal, Trial
from sweep.spec import EarlyTerminate
from sweep.stopping.protocol import Least
from sweep.stopping.values import best_of, better, reported
from sweep.stopping.wrapped import WRAPPED


def patient(
    trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
) -> str | None:
    """Optuna's `PatientPruner`.

    The best of the last `patience` + 1 reports is compared with the best one before. If it is worse
    by more than `min_delta`, the trial stops, or with `rule` that rule decides. Values that are not
    finite are passed over. A rule that decides at certain epochs alone (the rungs of asha) is asked
    only if patience has run out at one of them.
    """
    values = list(reported(trial, metric).values())
    if (
        rule.patience is None
        or len(values) <= rule.patience + 1
        or metric not in trial.reports[-1].metrics
    ):
        return None
    before = best_of(values[: -rule.patience - 1], goal)
    since = best_of(values[-rule.patience - 1 :], goal)
    if before is None or since is None:
        return None
    tolerated = before - rule.min_delta if goal == "maximize" else before + rule.min_delta
    if not better(tolerated, since, goal):
        return None
    epoch, last = trial.reports[-1].epoch, rule.patience + 1
    why = (
        f"epoch {epoch}: best {metric} of the last {last} reports {since:.4g}, before {before:.4g}"
    )
    if rule.rule is None:
        return why
    asked = WRAPPED[rule.rule.type](trial, rivals, rule.rule, metric, goal)
    return None if asked is None else f"{asked}; {why}"


def least(rule: EarlyTerminate, within: Least) -> Least:
    """Patience runs out at report `patience` + 2 at the earliest; then what the wrapped rule lets go on does."""
    patience = 0 if rule.patience is None else rule.patience + 2
    return Least(whole=within.whole, epochs=max(patience, within.epochs or 0))
