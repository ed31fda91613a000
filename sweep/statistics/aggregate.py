"""Descriptive statistics over several tasks: interquartile mean and probability of improvement.

Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical Precipice" (NeurIPS
2021), and its library rliable: the interquartile mean is as robust as the median and discards less
data; the bootstrap resamples runs within each task. The target of both is not the mean change, and
their intervals are too short with few runs, so they support no verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError
from sweep.statistics.samples import (
    Matrix,
    check_at_least,
    check_share,
    finite_array,
    finite_matrix,
)
from sweep.statistics.verdicts import Goal, check_goal

Statistic = Callable[[Matrix], float]
_AXES = "(runs, tasks)"
_RESAMPLES = 2_000  # rliable's default of 50 000 is not needed for two digits


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A statistic over all runs and tasks with its percentile bootstrap interval."""

    value: float
    low: float
    high: float
    confidence: float
    resamples: int


def interquartile_mean(scores: npt.ArrayLike) -> float:
    """Mean of all scores (runs, tasks) pooled, without the lowest and highest quarters.

    The scores of different tasks must be on one scale, such as normalised by a reference.

    Raises:
        UsageError: no score, or one that is not finite.
    """
    from scipy.stats import trim_mean  # loads slowly

    return float(trim_mean(finite_array(scores, "the scores"), 0.25, axis=None))


def probability_of_improvement(
    arm: npt.ArrayLike, baseline: npt.ArrayLike, goal: Goal
) -> float:
    """Probability that a run of the arm beats a run of the baseline, averaged over tasks.

    On each task the share of all pairs of runs that the arm wins, ties counting half: Mann and
    Whitney's U over the number of pairs. Runs are not paired by seed.

    Args:
        arm, baseline: (runs, tasks), the same tasks; the numbers of runs may differ.
        goal: "maximize" or "minimize" the metric.

    Raises:
        UsageError: an unknown goal, wrong shapes, different tasks, or a score that is not finite.
    """
    values, reference = _same_tasks(arm, baseline)
    check_goal(goal)
    return _share_won(values, reference, 1.0 if goal == "maximize" else -1.0)


def stratified_bootstrap(
    scores: npt.ArrayLike,
    statistic: Statistic = interquartile_mean,
    *,
    confidence: float = 0.95,
    resamples: int = _RESAMPLES,
    seed: int = 0,
) -> Aggregate:
    """Percentile interval of `statistic`, with runs resampled within each task.

    Args:
        scores: (runs, tasks), on one scale.
        statistic: of an array (runs, tasks).
        confidence: of the interval.
        resamples: bootstrap samples, at least 1.
        seed: of the resampling, so that a report is reproducible.

    Raises:
        UsageError: not two-dimensional, fewer than two runs, a score that is not finite, no
            resample, or confidence outside (0, 1).
    """
    array = _enough_runs(finite_matrix(scores, "the scores", _AXES))
    check_share(confidence, "confidence")
    check_at_least(resamples, 1, "the number of resamples")
    rng = np.random.default_rng(seed)
    values = [statistic(_resampled(array, rng)) for _ in range(resamples)]
    return _percentile_interval(float(statistic(array)), values, confidence)


def bootstrap_of_improvement(
    arm: npt.ArrayLike,
    baseline: npt.ArrayLike,
    goal: Goal,
    *,
    confidence: float = 0.95,
    resamples: int = _RESAMPLES,
    seed: int = 0,
) -> Aggregate:
    """`probability_of_improvement` with a percentile interval.

    The runs of both arms are resampled within each task.

    Args:
        arm, baseline: (runs, tasks), at least two runs each.
        goal: "maximize" or "minimize" the metric.
        confidence: of the interval.
        resamples: bootstrap samples, at least 1.
        seed: of the resampling.

    Raises:
        UsageError: as `probability_of_improvement` and `stratified_bootstrap`.
    """
    value = probability_of_improvement(arm, baseline, goal)
    check_share(confidence, "confidence")
    check_at_least(resamples, 1, "the number of resamples")
    both = _same_tasks(arm, baseline)
    values, reference = _enough_runs(both[0]), _enough_runs(both[1])
    sign = 1.0 if goal == "maximize" else -1.0
    rng = np.random.default_rng(seed)

    def redrawn() -> float:
        return _share_won(_resampled(values, rng), _resampled(reference, rng), sign)

    drawn = [redrawn() for _ in range(resamples)]
    return _percentile_interval(value, drawn, confidence)


def _share_won(values: Matrix, reference: Matrix, sign: float) -> float:
    comparison = np.sign(sign * (values[:, None, :] - reference[None, :, :]))
    return float(np.mean((comparison + 1) / 2))


def _resampled(array: Matrix, rng: np.random.Generator) -> Matrix:
    runs, tasks = array.shape
    return np.asarray(array[rng.integers(runs, size=(runs, tasks)), np.arange(tasks)])


def _percentile_interval(
    value: float, drawn: list[float], confidence: float
) -> Aggregate:
    low, high = np.quantile(drawn, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Aggregate(value, float(low), float(high), confidence, len(drawn))


def _enough_runs(array: Matrix) -> Matrix:
    if len(array) < 2:
        raise UsageError(
            f"scores of shape {array.shape}; a bootstrap over runs needs {_AXES} with "
            "at least 2 runs"
        )
    return array


def _same_tasks(arm: npt.ArrayLike, baseline: npt.ArrayLike) -> tuple[Matrix, Matrix]:
    values = finite_matrix(arm, "the arm's scores", _AXES)
    reference = finite_matrix(baseline, "the baseline's scores", _AXES)
    if values.shape[1] != reference.shape[1]:
        raise UsageError(
            f"the arm has {values.shape[1]} tasks and the baseline {reference.shape[1]}; compare "
            "the tasks that both have finished"
        )
    return values, reference
