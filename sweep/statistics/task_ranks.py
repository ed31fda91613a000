"""Arms ranked over tasks: wins, average ranks, Wilcoxon tests with Holm's correction, and cliques.

For tasks whose metrics have different scales. Wilcoxon's signed-rank test replaces Nemenyi's, whose
result for two arms depends on the other arms in the table (Benavoli, Corani and Mangili 2016).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.statistics.paired import holm
from sweep.statistics.samples import Matrix, check_share, finite_matrix
from sweep.statistics.verdicts import Goal, check_goal

FEWEST_TASKS = 6  # the fewest with which Wilcoxon's two-sided p can fall below 0.05 (2/2^6 = 0.031)
_MOST_EXACT = 13  # tasks whose 2^T sign patterns are all tried where ranks are tied
_RESAMPLES = 9_999


@dataclass(frozen=True, slots=True)
class WinsTiesLosses:
    """The number of tasks on which an arm is better than, equal to and worse than the baseline."""

    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True)
class CriticalDifference:
    """The content of a critical-difference figure.

    Attributes:
        average_ranks: of each arm (k,), 1 is best; ties share their mean rank.
        p: Wilcoxon p-values of all pairs of arms (k, k), Holm-adjusted over the k(k - 1)/2 tests; 1
            on the diagonal.
        cliques: groups of at least two arms, as indices by average rank, within which no pair
            differs significantly and to which no further arm can be added. A figure joins each by a
            bar.
        alpha: family-wise error.
    """

    average_ranks: tuple[float, ...]
    p: npt.NDArray[np.float64]
    cliques: tuple[tuple[int, ...], ...]
    alpha: float


def wins_ties_losses(
    arm: npt.ArrayLike, baseline: npt.ArrayLike, goal: Goal, tie_within: float = 0.0
) -> WinsTiesLosses:
    """Count tasks by the sign of the change of their means.

    Args:
        arm, baseline: mean metric on each task (T,).
        goal: "maximize" or "minimize" the metric.
        tie_within: changes up to this size are ties, e.g. the margin; in units of the metric, ≥ 0.

    Raises:
        UsageError: another goal, different lengths, a value not finite, or a negative `tie_within`.
    """
    scores = finite_matrix(_columns(arm, baseline), "the scores", "(tasks, 2)")
    if not tie_within >= 0:
        raise UsageError(f"tie_within is {tie_within}; it must be at least 0")
    change = _oriented(scores, goal) @ np.array([1.0, -1.0])
    wins = int(np.count_nonzero(change > tie_within))
    losses = int(np.count_nonzero(change < -tie_within))
    return WinsTiesLosses(wins, len(change) - wins - losses, losses)


def average_ranks(scores: npt.ArrayLike, goal: Goal) -> tuple[float, ...]:
    """Mean rank of each arm over tasks, 1 is best; equal scores share their mean rank.

    Args:
        scores: (tasks, arms), the mean metric of each arm on each task.
        goal: "maximize" or "minimize" the metric.

    Raises:
        UsageError: another goal, another shape, or a value that is not finite.
    """
    from scipy.stats import rankdata  # loads slowly

    table = _oriented(finite_matrix(scores, "the scores", "(tasks, arms)"), goal)
    ranks = rankdata(-table, axis=1)
    return tuple(np.mean(ranks, axis=0).tolist())


def wilcoxon_p(differences: npt.ArrayLike) -> float:
    """Two-sided exact p-value of Wilcoxon's signed-rank test over tasks (T,), T ≥ 6.

    Zeros are left out and ties share their mean rank (Wilcoxon 1945). With ties, the distribution
    is that over sign patterns: all of them up to 13 tasks, else 9 999 random ones.

    Raises:
        UsageError: fewer than six tasks, another shape, or a value that is not finite.
    """
    from scipy import stats

    sample = finite_matrix(
        np.atleast_2d(np.asarray(differences)), "the differences", "(1, T)"
    )[0]
    _check_tasks(len(sample))
    nonzero = sample[sample != 0]
    if not len(nonzero):
        return 1.0
    if len(np.unique(np.abs(nonzero))) == len(nonzero):
        return float(stats.wilcoxon(nonzero, method="exact").pvalue)
    resamples = 2**_MOST_EXACT if len(nonzero) <= _MOST_EXACT else _RESAMPLES
    method = stats.PermutationMethod(
        n_resamples=resamples, rng=np.random.default_rng(0)
    )
    return float(min(1.0, stats.wilcoxon(nonzero, method=method).pvalue))


def critical_difference(
    scores: npt.ArrayLike, goal: Goal, alpha: float = 0.05
) -> CriticalDifference:
    """Average ranks, all pairwise tests, and groups of arms without significant differences.

    Args:
        scores: (tasks, arms), the mean metric of each arm on each task; at least six tasks, two
            arms.
        goal: "maximize" or "minimize" the metric.
        alpha: family-wise error over all pairs, in (0, 1).

    Raises:
        UsageError: fewer than six tasks or two arms, another goal, a value that is not finite, or
            alpha outside (0, 1).
    """
    check_share(alpha, "alpha")
    table = finite_matrix(scores, "the scores", "(tasks, arms)")
    _check_tasks(len(table))
    arms = table.shape[1]
    if arms < 2:
        raise UsageError(
            f"{arms} arm; a critical-difference figure compares at least 2"
        )
    pairs = list(itertools.combinations(range(arms), 2))
    raw = [wilcoxon_p(table[:, first] - table[:, second]) for first, second in pairs]
    p = np.ones((arms, arms))
    for (first, second), adjusted in zip(pairs, holm(raw), strict=True):
        if adjusted is not None:
            p[first, second] = p[second, first] = adjusted
    ranks = average_ranks(table, goal)
    return CriticalDifference(ranks, p, _cliques(p > alpha, ranks), alpha)


def _cliques(
    not_different: npt.NDArray[np.bool_], ranks: tuple[float, ...]
) -> tuple[tuple[int, ...], ...]:
    """Maximal groups of at least two arms without a pairwise difference, best rank first."""
    neighbours = []
    for arm, row in enumerate(not_different):
        neighbours.append(set(np.flatnonzero(row).tolist()) - {arm})
    cliques: list[tuple[int, ...]] = []

    def extend(group: set[int], candidates: set[int], excluded: set[int]) -> None:
        """Bron and Kerbosch (1973): every maximal clique that includes the group."""
        if not candidates and not excluded:
            if len(group) > 1:
                cliques.append(tuple(sorted(group, key=lambda arm: (ranks[arm], arm))))
            return
        for arm in sorted(candidates):
            extend(
                group | {arm}, candidates & neighbours[arm], excluded & neighbours[arm]
            )
            candidates = candidates - {arm}
            excluded = excluded | {arm}

    extend(set(), set(range(len(not_different))), set())
    cliques.sort(key=lambda group: [(ranks[arm], arm) for arm in group])
    return tuple(cliques)


def _check_tasks(count: int) -> None:
    if count < FEWEST_TASKS:
        raise UsageError(
            f"{count} tasks; Wilcoxon's test cannot reach p < 0.05 with fewer than {FEWEST_TASKS}: "
            "add tasks, or report the changes with their intervals"
        )


def _columns(arm: npt.ArrayLike, baseline: npt.ArrayLike) -> Matrix:
    values, reference = np.asarray(arm, dtype=float), np.asarray(baseline, dtype=float)
    if values.shape != reference.shape or values.ndim != 1:
        raise UsageError(
            f"the arm has shape {values.shape} and the baseline {reference.shape}; allowed: one "
            "mean for each task, (T,), of the same tasks"
        )
    return np.column_stack([values, reference])


def _oriented(table: Matrix, goal: Goal) -> Matrix:
    """Scores whose larger values are better."""
    check_goal(goal)
    return table if goal == "maximize" else -table
