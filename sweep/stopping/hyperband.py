"""`hyperband`: the rule of W&B sweeps."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.model.cohort import ranking
from sweep.model.trial import Goal, Trial
from sweep.spec import EarlyTerminate
from sweep.stopping.asha import rungs
from sweep.stopping.protocol import Least


def hyperband(
    trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
) -> str | None:
    """The rule of W&B sweeps (`hyperband_stop_runs` of its open-source engine), decided at every
    report.

    A trial that has reported the metric often enough for a bracket is compared at the last such
    bracket with all trials that got there, itself included: its best value so far (`strict`: its
    value at the bracket) has to be as good as theirs at position n/eta, counted from 0 and from the
    best. Unlike asha it asks again at every report, so that a trial can be stopped between brackets
    by rivals that came later.
    """
    own = list(trial.curve(metric).values())
    reached = [bracket for bracket in brackets(rule, len(own)) if bracket <= len(own)]
    if not reached:
        return None
    bracket, highest = reached[-1], goal == "maximize"
    seen = ranking(
        rivals, ("bracket", metric, bracket), lambda rival: _at_bracket(rival, metric, bracket)
    )
    seen = seen.plus(own[bracket - 1])
    cutoff = seen.best(int(len(seen) / rule.eta), goal)
    value = own[bracket - 1] if rule.strict else max(own) if highest else min(own)
    if value >= cutoff if highest else value <= cutoff:
        return None
    which = f"{metric} {value:.4g}" if rule.strict else f"best {metric} {value:.4g}"
    return (
        f"bracket {bracket}: {which} is behind {cutoff:.4g}, of {len(seen)} trials that got there"
    )


def least(rule: EarlyTerminate) -> Least:
    """All but the leader may end at the first bracket; a report counts as an epoch."""
    return Least(whole=1, epochs=brackets(rule, rule.min_iter)[0])


def _at_bracket(trial: Trial, metric: str, bracket: int) -> float | None:
    values = list(trial.curve(metric).values())
    return values[bracket - 1] if len(values) >= bracket else None


def brackets(rule: EarlyTerminate, budget: int) -> list[int]:
    """Numbers of reports after which hyperband decides, ascending: min_iter · eta^k, or with `s` max_iter / eta^k."""
    if rule.s is None or rule.max_iter is None:
        return rungs(rule.min_iter, rule.eta, budget)
    found = [int(rule.max_iter / rule.eta**k) for k in range(1, rule.s + 1)]
    return sorted(bracket for bracket in found if bracket >= 1)
