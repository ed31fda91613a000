"""The seam: what a pruner is, the least that is trained under one, and until when one may stop a trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sweep.model.trial import Goal, Trial
from sweep.spec import EarlyTerminate


class Pruner(Protocol):
    """One function per rule, listed in `PRUNERS`."""

    def __call__(
        self, trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
    ) -> str | None:
        """Why `trial` should stop after its latest report, or None."""


@dataclass(frozen=True)
class Least:
    """The fewest epochs and runs that a search trains under a rule, whatever its trials report.

    Attributes:
        whole: runs that nothing can stop (of a rule that is asked between runs: configurations).
        epochs: that any other run gets; None: all.
        runs: that any other configuration gets, where the rule is asked between runs; None: it is
            asked within them.
    """

    whole: int = 0
    epochs: int | None = None
    runs: int | None = None


def all_of_it(rule: EarlyTerminate) -> Least:
    """`none`: every run gets every epoch."""
    return Least()


def keep_all(
    trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
) -> str | None:
    """`none`: every trial runs its whole budget."""
    return None


def may_stop(trial: Trial, rule: EarlyTerminate) -> bool:
    """Whether a rule may stop `trial` after its latest report: not once `max_iter` epochs (default: all) are done."""
    last = rule.max_iter if rule.max_iter is not None else trial.config.get("epochs")
    judge = rule.rule if rule.type == "patient" and rule.rule is not None else rule
    if judge.type == "hyperband":  # it counts reports, and there may be several an epoch
        return len(trial.reports) != trial.config.get("epochs")
    return not isinstance(last, int) or trial.reports[-1].epoch + 1 < last
