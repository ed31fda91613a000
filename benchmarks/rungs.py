"""The cost of a first rung that predicts the end badly, on curves with a known correlation.

python -m benchmarks.rungs [--correlations 0.1,0.3,0.5,0.7,0.9] [--seeds 10]
    [--methods random;gp_multifidelity]

Two smooth random functions of four parameters give the curves. One is the value at the last epoch.
The other is mixed in, so that the value after three epochs has the given correlation with it. The
first rung then misleads a model of the space, as on real tasks. The searches are those of the
benchmark `external`, on the same virtual clock. Epochs are counted until a configuration is as good
as the best of 100 random ones.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.external_runs import PROMOTE
from benchmarks.paired import Estimate, ratio
from benchmarks.searchers import Sweep
from benchmarks.spaces import Config, Space
from benchmarks.virtual_clock import epochs

EPOCHS, FIRST_RUNG = 27, 3
PARAMETERS = ("a", "b", "c", "d")
FEATURES = 64  # random Fourier features of a function
LENGTH = 0.4  # length scale of a function; each parameter lies in [0, 1]
DRAWN = 2000  # random configurations, which give level and scale
# Standard deviation of the noise, as a share of the distance from the best to the median.
NOISE = 0.05
# Increase of every curve for each factor e of epochs, in standard deviations of the last values.
RISE = 0.45
CAP = 40  # full trainings: a search that needs more is stopped and counts with these
Array = NDArray[np.float64]


class Curves:
    """A synthetic task, see the module.

    Args:
        correlation: between the values at the first rung and at the end, over the space.
        seed: of the functions.
    """

    def __init__(self, correlation: float, seed: int):
        generator = np.random.default_rng(seed)
        shape = (2, FEATURES, len(PARAMETERS))
        self._frequencies = generator.standard_normal(shape) / LENGTH
        self._phases = generator.uniform(0, 2 * np.pi, (2, FEATURES))
        self._weights = generator.standard_normal((2, FEATURES)) * np.sqrt(2 / FEATURES)
        done = np.arange(1, EPOCHS + 1)
        progress = np.log(done / FIRST_RUNG) / np.log(EPOCHS / FIRST_RUNG)
        self._share = correlation + (1 - correlation) * np.clip(progress, 0.0, 1.0)
        self._rise = RISE * np.log(done / EPOCHS)
        drawn = generator.uniform(size=(DRAWN, len(PARAMETERS)))
        ends = self._functions(drawn)
        self._mean, self._sd = ends.mean(axis=1), ends.std(axis=1)
        best = self._curves(drawn).max(axis=1)
        self.level = float(np.median(best.reshape(-1, 100).max(axis=1)))
        self._noise = NOISE * float(best.max() - np.median(best)) * np.sqrt(0.5)

    def accuracies(self, config: Config, seed: int | None) -> Array:
        """Return a curve, (epochs,), larger is better: with noise for a seed, without for None."""
        point = np.array([[config[name] for name in PARAMETERS]])
        curve: Array = self._curves(point)[0]
        if seed is None:
            return curve
        digits = np.frombuffer(point.tobytes(), dtype=np.uint32)
        generator = np.random.default_rng([seed, *digits.tolist()])
        noise = generator.standard_normal() + generator.standard_normal(EPOCHS)
        return curve + self._noise * noise

    def seconds(self, config: Config) -> float:
        """Every epoch takes as long as another."""
        return 1.0

    def _functions(self, points: Array) -> Array:
        """(2, n), the values of both functions."""
        waves = np.einsum("fkd,nd->fnk", self._frequencies, points)
        cosines = np.cos(waves + self._phases[:, None])
        return np.einsum("fnk,fk->fn", cosines, self._weights)

    def _curves(self, points: Array) -> Array:
        """Return curves without noise, (n, epochs)."""
        values = self._functions(points)
        end, other = (values - self._mean[:, None]) / self._sd[:, None]
        mixed = self._share * end[:, None]
        mixed = mixed + np.sqrt(1 - self._share**2) * other[:, None]
        curves: Array = mixed + self._rise
        return curves


def spent(method: str, pruner: str, correlation: float, seed: int) -> float:
    """Return the full trainings of a search until the level."""
    curves = Curves(correlation, seed)
    lines = [f"  {name}: {{min: 0.0, max: 1.0}}" for name in PARAMETERS]
    space = Space("rungs", "rungs", "\n".join(lines), _no_trainer, EPOCHS)
    count, limit = 0, CAP * EPOCHS
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        search = Sweep(space, seed, Path(folder), method, pruner)
        for epoch in islice(epochs(search, curves, seed), limit):
            count += 1
            if epoch.true >= curves.level:
                break
    return count / EPOCHS


def promotion(method: str, correlation: float, seeds: int) -> Estimate:
    """Return the ratio of epochs of the promotion form to the stopping form, over all seeds."""
    trainings: dict[str, dict[tuple[str, int], float]] = {"asha": {}, PROMOTE: {}}
    for seed in range(seeds):
        for pruner, runs in trainings.items():
            runs[f"task {seed}", seed] = spent(method, pruner, correlation, seed)
    return ratio(trainings[PROMOTE], trainings["asha"])


def _no_trainer(config: Config, seed: int) -> list[float]:
    """Raise an error: a synthetic task has curves and no trainer."""
    raise RuntimeError("a synthetic task has curves, and no trainer")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the ratio for each method and correlation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--correlations", default="0.1,0.3,0.5,0.7,0.9")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--methods", default="random;gp_multifidelity")
    options = parser.parse_args(arguments)
    for method in options.methods.split(";"):
        for correlation in map(float, options.correlations.split(",")):
            estimate = promotion(method, correlation, options.seeds)
            print(
                f"{method}, correlation {correlation}: promote/stop × {estimate}",
                flush=True,
            )


if __name__ == "__main__":
    main()
