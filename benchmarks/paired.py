"""Compare contenders pair by pair, over the tasks and seeds that both ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

DRAWS = 2000  # bootstrap samples
# Task and seed → full trainings until the level.
Spent = Mapping[tuple[str, int], float]


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, from a bootstrap over tasks and over seeds of each task."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def ratio(one: Spent, other: Spent) -> Estimate:
    """Return the geometric mean of the ratio of their epochs, over the pairs that both ran.

    Raises:
        ValueError: they have no pair in common.
    """
    pairs = one.keys() & other.keys()
    logs = {pair: float(np.log(one[pair] / other[pair])) for pair in pairs}
    mean = _estimate(logs)
    return Estimate(
        value=float(np.exp(mean.value)),
        low=float(np.exp(mean.low)),
        high=float(np.exp(mean.high)),
    )


def ranks(spent: Mapping[str, Spent]) -> dict[str, Estimate]:
    """Return the mean rank of each contender over common pairs; 1 has the fewest epochs."""
    names = list(spent)
    pairs = set.intersection(*(set(runs) for runs in spent.values()))
    if not pairs:
        return {}
    rank_of: dict[str, dict[tuple[str, int], float]] = {name: {} for name in names}
    for pair in pairs:
        pair_ranks = rankdata([spent[name][pair] for name in names]).tolist()
        for name, rank in zip(names, pair_ranks, strict=True):
            rank_of[name][pair] = rank
    return {name: _estimate(of_pairs) for name, of_pairs in rank_of.items()}


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers."""
    return float(np.exp(np.mean(np.log(values))))


def _estimate(values: Spent) -> Estimate:
    """Return the mean over tasks of the mean over seeds, with its interval."""
    by_task: dict[str, list[float]] = {}
    for (task, _), value in sorted(values.items()):
        by_task.setdefault(task, []).append(value)
    if not by_task:
        raise ValueError("no task and seed were run by both")
    tasks = [np.array(runs) for runs in by_task.values()]
    generator = np.random.default_rng(0)
    means = [_resampled_mean(tasks, generator) for _ in range(DRAWS)]
    low, high = np.quantile(means, (0.025, 0.975)).tolist()
    mean = float(np.mean([runs.mean() for runs in tasks]))
    return Estimate(mean, low, high)


def _resampled_mean(
    tasks: Sequence[NDArray[np.float64]], generator: np.random.Generator
) -> float:
    """Return the mean of one bootstrap sample of tasks, and of seeds within them."""
    drawn_tasks = generator.integers(len(tasks), size=len(tasks)).tolist()
    means = []
    for index in drawn_tasks:
        runs = tasks[index]
        drawn_runs = generator.integers(len(runs), size=len(runs))
        means.append(runs[drawn_runs].mean())
    return float(np.mean(means))
