"""Measure how much regret of a search's final choice smoothing avoids.

python -m benchmarks.final_choice --tasks FOLDER [--noise 0.05] [--draws 60]

A search ends with good configurations whose metrics are noisy, and chooses one. Its regret is the
difference between the best epoch, without noise, of all configurations and of the chosen one, as a
share of the distance from the task's best to its median configuration. No search is run: the
configurations are the better half of `DRAWN` random ones (`benchmarks.external_tasks`).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from benchmarks.external_tasks import HELD_OUT, TUNED_ON, Task
from benchmarks.spaces import read
from sweep.model.smoothing import trailing_means
from sweep.samplers.drawing import draw_configuration

DRAWN = 400  # random configurations of a task, of which the better half is used
VISITED = 30  # configurations that a search visits
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Regret:
    """Mean regret over draws, as shares of the distance from best to median.

    Attributes:
        best: the regret of choosing the best single epoch.
        smoothed: the regret of choosing the best mean of an epoch and those before it.
    """

    best: float
    smoothed: float

    @property
    def recovered(self) -> float:
        """Return the share of the best single epoch's regret that smoothing avoids."""
        return 1.0 - self.smoothed / self.best if self.best else 0.0


def regret(
    curves: Array, scale: float, noise: float, draws: int, seed: int = 0
) -> Regret:
    """Return the regret of both choices on one task.

    Args:
        curves: (n, epochs) without noise, larger is better; a search visits `VISITED` of them.
        scale: the distance from the task's best configuration to its median one.
        noise: standard deviation of the noise, as a share of `scale`; one half of its variance is
            common to the whole curve.
        draws: number of searches.
        seed: of the noise and of the configurations that a search visits.
    """
    generator = np.random.default_rng(seed)
    by_best, by_mean = [], []
    for _ in range(draws):
        rows = generator.choice(
            len(curves), size=min(VISITED, len(curves)), replace=False
        )
        true = curves[rows]
        sd = noise * scale * np.sqrt(0.5)
        common = generator.standard_normal((len(true), 1))
        noisy = true + sd * (common + generator.standard_normal(true.shape))
        best_epochs = true.max(axis=1)
        means = [max(trailing_means(curve)) for curve in noisy.tolist()]
        chosen_by_best = int(noisy.max(axis=1).argmax())
        chosen_by_mean = int(np.argmax(means))
        by_best.append(_loss(best_epochs, chosen_by_best) / scale)
        by_mean.append(_loss(best_epochs, chosen_by_mean) / scale)
    return Regret(fmean(by_best), fmean(by_mean))


def _loss(best_epochs: Array, chosen: int) -> float:
    """Return the difference between the best configuration and the chosen one."""
    return float(best_epochs.max() - best_epochs[chosen])


def measured(task: Task, noise: float, draws: int) -> Regret:
    """Return the regret of both choices on a task of `benchmarks.external_tasks`."""
    parameters = read(task.space).parameters
    drawn = [draw_configuration(parameters, seed) for seed in range(DRAWN)]
    curves = task.curves(drawn)
    best_epochs = curves.max(axis=1)
    median = np.median(best_epochs)
    scale = float(best_epochs.max() - median)
    return regret(curves[best_epochs >= median], scale, noise, draws)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the regret on each task and the mean over tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--noise", type=float, default=0.05)
    parser.add_argument("--draws", type=int, default=60)
    options = parser.parse_args(arguments)
    regrets = []
    for name in (*TUNED_ON, *HELD_OUT):
        one = measured(Task(name, options.tasks), options.noise, options.draws)
        regrets.append(one)
        print(f"{name:12} best {one.best:.4f}  smoothed {one.smoothed:.4f}", flush=True)
    mean = Regret(
        fmean(one.best for one in regrets), fmean(one.smoothed for one in regrets)
    )
    print(
        f"mean of {len(regrets)} tasks: best {mean.best:.4f}, smoothed {mean.smoothed:.4f}, "
        f"{mean.recovered:.0%} of the regret recovered"
    )


if __name__ == "__main__":
    main()
