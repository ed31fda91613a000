"""The change that a number of tasks and seeds can detect, for a plan.

For the t intervals of `task_change`, each of k arms at its share α/k of the error. Differences are
assumed to be equally noisy on every task.
"""

from __future__ import annotations

import math

from sweep.statistics.power import power_of_t
from sweep.statistics.samples import check_at_least, check_share
from sweep.statistics.sequential import SequentialDesign, error_spent
from sweep.statistics.t_interval import t_quantile
from sweep.statistics.task_change import FEWEST_PAIRS, FEWEST_TASKS, Target

WANTED = 0.8  # the power that a plan is made for


def smallest_change_over_tasks(
    tasks: int, seeds: int, target: Target, arms: int = 1, confidence: float = 0.95
) -> float:
    """The smallest change over tasks that is detected with 80 % probability.

    For "these" tasks, with the same change on each, the unit is the standard deviation of the
    paired difference on one task. For tasks "like these", it is the standard deviation of the
    tasks' true changes, and more seeds do not help.

    Returns:
        Infinite below three seeds, or below five tasks "like these", as no change is tested.

    Raises:
        UsageError: no task, no arm, or a confidence outside (0, 1).
    """
    from scipy import optimize  # loads slowly

    check_at_least(tasks, 1, "the number of tasks")
    check_at_least(arms, 1, "the number of arms")
    check_share(confidence, "confidence")
    alpha = (1 - confidence) / arms
    if target == "these":
        df, size = _expected_df(tasks, seeds), tasks * seeds
        testable = seeds >= FEWEST_PAIRS
    else:
        df, size = tasks - 1.0, tasks
        testable = tasks >= FEWEST_TASKS
    if not testable:
        return math.inf

    def excess(effect: float) -> float:
        return power_of_t(effect * math.sqrt(size), df, alpha) - WANTED

    high = 1.0
    while excess(high) < 0:
        high *= 2
    return float(optimize.bisect(excess, 0.0, high, xtol=high * 1e-3))


def resolution_over_tasks(design: SequentialDesign, tasks: int) -> float:
    """Half width of an interval over tasks at the last look, in sd of the difference on one task.

    Raises:
        UsageError: no task.
    """
    check_at_least(tasks, 1, "the number of tasks")
    critical_value = t_quantile(
        _expected_df(tasks, design.most_seeds), error_spent(design)[-1] / 2
    )
    return critical_value / math.sqrt(tasks * design.most_seeds)


def _expected_df(tasks: int, seeds: int) -> float:
    """Approximate expectation of Satterthwaite's degrees of freedom for equally noisy tasks.

    It is T (n - 1)² / (n + 1) instead of T (n - 1), as sample variances differ even if the true
    ones do not: E(v²) = (1 + 2 / (n - 1)) E(v)².
    """
    return max(tasks * (seeds - 1) ** 2 / (seeds + 1), seeds - 1.0)
