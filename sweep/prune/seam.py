"""The seam: what a pruner is, and until when one may stop a trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sweep.spec import EarlyTerminate
from sweep.trial import Goal, Trial


class Pruner(Protocol):
    """One function per rule, listed in `PRUNERS`."""

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
    judge = rule.rule if rule.type == "patient" and rule.rule is not None else rule
    if judge.type == "hyperband":  # it counts reports, and there may be several an epoch
        return len(trial.reports) != trial.config.get("epochs")
    return not isinstance(last, int) or trial.reports[-1].epoch + 1 < last
