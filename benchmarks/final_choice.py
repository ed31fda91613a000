"""How much of the regret of a noisy final choice a smoothed one recovers.

python -m benchmarks.final_choice --tasks FOLDER [--noise 0.05] [--draws 60]

A search ends with some good configurations whose epochs are noisy, and chooses one. Regret is how
far its truly best epoch lies behind the truly best epoch of them all, in shares of the distance
from the task's best to its median configuration. No search is run: the configurations are the
better half of `DRAWN` random ones (`benchmarks.external_tasks`).
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

DRAWN = 400  # random configurations of a task, of which the better half is chosen among
VISITED = 30  # of them a search
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Regret:
    """Means over draws, in shares of the distance from best to median.

    Attributes:
        best: of the configuration with the best single epoch.
        smoothed: of the one with the best mean of the latest epochs.
    """

    best: float
    smoothed: float

    @property
    def recovered(self) -> float:
        """The share of the best single epoch's regret that smoothing spares."""
        return 1.0 - self.smoothed / self.best if self.best else 0.0


def regret(
    curves: Array, scale: float, noise: float, draws: int, seed: int = 0
) -> Regret:
    """The regret of both choices on one task.

    Args:
        curves: (n, epochs) without noise, larger is better; a search visits `VISITED` of them.
        scale: the distance from the task's best configuration to its median one.
        noise: sd of what is seen, in shares of `scale`; half of its variance is the whole curve's.
        draws: searches.
    """
    generator = np.random.default_rng(seed)
    by_best, by_mean = [], []
    for _ in range(draws):
        rows = generator.choice(
            len(curves), size=min(VISITED, len(curves)), replace=False
        )
        true = curves[rows]
        sd = noise * scale * np.sqrt(0.5)
        whole = generator.standard_normal((len(true), 1))
        seen = true + sd * (whole + generator.standard_normal(true.shape))
        ends = true.max(axis=1)
        means = [max(trailing_means(curve)) for curve in seen.tolist()]
        by_best.append(_behind(ends, int(seen.max(axis=1).argmax())) / scale)
        by_mean.append(_behind(ends, int(np.argmax(means))) / scale)
    return Regret(fmean(by_best), fmean(by_mean))


def _behind(ends: Array, chosen: int) -> float:
    return float(ends.max() - ends[chosen])


def measured(task: Task, noise: float, draws: int) -> Regret:
    """The regret of both choices on a task of `benchmarks.external_tasks`."""
    parameters = read(task.space).parameters
    drawn = [draw_configuration(parameters, seed) for seed in range(DRAWN)]
    curves = task.curves(drawn)
    ends = curves.max(axis=1)
    scale = float(ends.max() - np.median(ends))
    better = curves[ends >= np.median(ends)]
    return regret(better, scale, noise, draws)


def main(arguments: Sequence[str] | None = None) -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--noise", type=float, default=0.05)
    parser.add_argument("--draws", type=int, default=60)
    asked = parser.parse_args(arguments)
    found = []
    for name in (*TUNED_ON, *HELD_OUT):
        one = measured(Task(name, asked.tasks), asked.noise, asked.draws)
        found.append(one)
        print(f"{name:12} best {one.best:.4f}  smoothed {one.smoothed:.4f}", flush=True)
    total = Regret(
        fmean(one.best for one in found), fmean(one.smoothed for one in found)
    )
    print(
        f"mean of {len(found)} tasks: best {total.best:.4f}, smoothed {total.smoothed:.4f}, "
        f"{total.recovered:.0%} of the regret recovered"
    )


if __name__ == "__main__":
    main()
