"""Contenders that ran the same tasks with the same seeds, compared pair by pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

DRAWS = 2000
Spent = Mapping[
    tuple[str, int], float
]  # task and seed → full trainings until the level


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval: tasks are drawn again, and seeds within each task."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def ratio(one: Spent, other: Spent) -> Estimate:
    """The geometric mean of one's epochs to the other's, over the pairs that both ran.

    Raises:
        ValueError: they share no pair.
    """
    pairs = one.keys() & other.keys()
    logs = {pair: float(np.log(one[pair] / other[pair])) for pair in pairs}
    mean = _estimate(logs)
    return Estimate(
        *(float(np.exp(part)) for part in (mean.value, mean.low, mean.high))
    )


def ranks(spent: Mapping[str, Spent]) -> dict[str, Estimate]:
    """The mean rank of each contender among all, 1 for the fewest epochs, over common pairs."""
    names = list(spent)
    pairs = set.intersection(*(set(runs) for runs in spent.values()))
    placed: dict[str, dict[tuple[str, int], float]] = {name: {} for name in names}
    for pair in pairs:
        order = rankdata([spent[name][pair] for name in names])
        for name, place in zip(names, order.tolist(), strict=True):
            placed[name][pair] = place
    return {name: _estimate(places) for name, places in placed.items()} if pairs else {}


def geometric_mean(values: Sequence[float]) -> float:
    """Of positive numbers."""
    return float(np.exp(np.mean(np.log(values))))


def _estimate(values: Spent) -> Estimate:
    """The mean over tasks of the mean over seeds."""
    by_task: dict[str, list[float]] = {}
    for (task, _), value in sorted(values.items()):
        by_task.setdefault(task, []).append(value)
    if not by_task:
        raise ValueError("no task and seed were run by both")
    tasks = [np.array(runs) for runs in by_task.values()]
    generator = np.random.default_rng(0)
    drawn = [_redrawn(tasks, generator) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, (0.025, 0.975)).tolist()
    return Estimate(float(np.mean([runs.mean() for runs in tasks])), low, high)


def _redrawn(
    tasks: Sequence[NDArray[np.float64]], generator: np.random.Generator
) -> float:
    chosen = generator.integers(len(tasks), size=len(tasks)).tolist()
    means = []
    for at in chosen:
        runs = tasks[at]
        means.append(runs[generator.integers(len(runs), size=len(runs))].mean())
    return float(np.mean(means))
