"""`wilcoxon`: whether a configuration is trained on its remaining seeds and folds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from sweep.model.trial import Goal, State, Trial
from sweep.spec import EarlyTerminate
from sweep.stopping.protocol import Least
from sweep.stopping.values import better


def wilcoxon(
    trial: Trial, rivals: Sequence[Trial], rule: EarlyTerminate, metric: str, goal: Goal
) -> str | None:
    """Optuna's `WilcoxonPruner`: is a configuration worse than the best one on the runs that both
    have?

    Unlike every other rule it is asked between runs. `trial` and `rivals` stand for configurations:
    each report is one finished run, its `epoch` says which seed and fold, its value is the run's.
    The best rival is the complete one with the best mean. A one-sided signed-rank test (Wilcoxon
    1945; ties with zero are split) over the shared runs gives p; below `p_threshold` the
    configuration is given up, unless its mean so far is as good as the best one's.

    With n runs p is at least 1/2^n: four runs are needed to get below 0.1.
    """
    own = trial.curve(metric)
    best = _best(rivals, metric, goal)
    if best is None or len(own) < len(
        trial.reports
    ):  # a run without a finite value says nothing certain
        return None
    shared = [step for step in own if step in best]
    differences = [own[step] - best[step] for step in shared]
    if len(shared) < max(rule.n_startup_steps, 2) or not any(differences):
        return None
    mean, of_best = statistics.fmean(own.values()), statistics.fmean(best.values())
    if not better(of_best, mean, goal):
        return None
    p = _p_value(differences, goal)
    if p >= rule.p_threshold:
        return None
    there = statistics.fmean(best[step] for step in shared)
    return (
        f"{len(shared)} runs: mean {metric} {mean:.4g} is behind {there:.4g} of the best configuration on the same "
        f"runs (Wilcoxon p = {p:.2g})"
    )


def least(rule: EarlyTerminate) -> Least:
    """The best configuration gets all of its runs; any other as many as p below `p_threshold` takes."""
    return Least(whole=1, runs=rule.runs_needed)


def _best(rivals: Sequence[Trial], metric: str, goal: Goal) -> dict[int, float] | None:
    """Step → value of the complete rival with the best mean, the first of equals."""
    curves = [
        curve
        for rival in rivals
        if rival.state is State.COMPLETE and (curve := rival.curve(metric))
    ]
    pick = max if goal == "maximize" else min
    return pick(curves, key=lambda curve: statistics.fmean(curve.values()), default=None)


def _p_value(differences: Sequence[float], goal: Goal) -> float:
    """That differences as bad as these come about by chance, own minus best."""
    from scipy import stats

    worse = "less" if goal == "maximize" else "greater"
    return float(stats.wilcoxon(differences, alternative=worse, zero_method="zsplit").pvalue)
