"""The share of a function's variance that each input explains alone, from few evaluations.

The share of an input is Var(E[f | input]) / Var(f), with inputs uniform on their domains (Sobol
1993; Hutter et al. 2014, "An Efficient Approach for Assessing Hyperparameter Importance"). A
Gaussian process replaces the function, and is averaged over a quasi-random sample. With 200
evaluations of known functions of three inputs, shares are accurate to 0.05. Random forests find
main effects in a pure interaction (0.11 instead of 0) and in noise (0.16), and underestimate
periodic functions (0.28 instead of 0.44).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError

Array = npt.NDArray[np.float64]

GRID = 32  # values of a continuous input
SAMPLE = 256  # points that the other inputs are averaged over
TOTAL_SAMPLE = 2_048  # points that the total variance is computed from


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the function, over n evaluations.

    Attributes:
        positions: position of each evaluation (n,): on [0, 1], uniform over the domain; with
            `levels`, the index of its level.
        support: the possible positions of a stepped input; None for a continuous one.
        levels: number of unordered levels; None for a number.
    """

    positions: npt.ArrayLike
    support: tuple[float, ...] | None = None
    levels: int | None = None


def main_effects(inputs: Sequence[Input], values: npt.ArrayLike) -> Array:
    """Share of the variance of `values` (n,) that each input explains alone, each in [0, 1].

    Noise counts as unexplained variance. If all values are equal, all shares are 0.

    Raises:
        UsageError: fewer than two evaluations, lengths that differ, or a value that is not finite.
    """
    target = np.asarray(values, dtype=np.float64)
    lengths = {len(np.atleast_1d(each.positions)) for each in inputs} | {len(target)}
    if len(target) < 2 or len(lengths) > 1 or not np.isfinite(target).all():
        raise UsageError(
            f"inputs and values of lengths {sorted(lengths)}; importance needs two or more finite "
            "values, and a position of each input for every value"
        )
    spread = float(np.ptp(target))
    if not inputs or spread <= 1e-12 * float(np.abs(target).max()):
        return np.zeros(len(inputs))
    process, noise = _fitted(_encoded(inputs), (target - target.mean()) / spread)
    sample = _points(inputs, TOTAL_SAMPLE, seed=1)
    total = float(np.var(process.predict(_encoded(sample)))) + noise
    explained = [_explained(process, inputs, index) for index in range(len(inputs))]
    return np.clip(np.array(explained) / total, 0.0, 1.0)


def _fitted(encoded: Array, target: Array) -> tuple[Any, float]:
    """The likelier of a smooth and a rough Gaussian process, and the variance of the noise.

    Smooth functions need the squared exponential kernel, steps and kinks the Matérn kernel.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import (
        RBF,
        ConstantKernel,
        Matern,
        WhiteKernel,
    )

    scales, bounds = np.full(encoded.shape[1], 0.5), (0.05, 20.0)
    processes = []
    for kernel in (RBF(scales, bounds), Matern(scales, bounds, nu=2.5)):
        noisy = ConstantKernel(1.0) * kernel + WhiteKernel(0.1, (1e-6, 2.0))
        process = GaussianProcessRegressor(noisy, normalize_y=True)
        with warnings.catch_warnings():
            # a scale at its bound is a valid result
            warnings.simplefilter("ignore", ConvergenceWarning)
            processes.append(process.fit(encoded, target))
    best = max(processes, key=lambda process: process.log_marginal_likelihood_value_)
    return best, float(best.kernel_.k2.noise_level * np.var(target))


def _explained(process: Any, inputs: Sequence[Input], index: int) -> float:
    """The variance over one input of the mean over the other inputs."""
    others = _points(inputs, SAMPLE, seed=0)
    grid = _grid(inputs[index])
    means = []
    for position in grid:
        fixed = list(others)
        positions = np.full(SAMPLE, position)
        fixed[index] = Input(positions, inputs[index].support, inputs[index].levels)
        means.append(float(np.mean(process.predict(_encoded(fixed)))))
    return float(np.var(means))


def _grid(each_input: Input) -> Array:
    """The positions that an input is averaged over, equally weighted."""
    if each_input.levels is not None:
        return np.arange(each_input.levels, dtype=np.float64)
    if each_input.support is not None and len(each_input.support) <= GRID:
        return np.asarray(each_input.support, dtype=np.float64)
    return (np.arange(GRID) + 0.5) / GRID


def _points(inputs: Sequence[Input], number: int, seed: int) -> list[Input]:
    """`number` evaluations that fill the domain of all inputs evenly."""
    from scipy.stats import qmc  # loads slowly

    cube = qmc.Sobol(len(inputs), seed=seed).random(number)
    evaluations = []
    for each_input, column in zip(inputs, cube.T, strict=True):
        grid = _grid(each_input)
        stepped = each_input.levels is not None or each_input.support is not None
        positions = grid[(column * len(grid)).astype(int)] if stepped else column
        evaluations.append(Input(positions, each_input.support, each_input.levels))
    return evaluations


def _encoded(inputs: Sequence[Input]) -> Array:
    """(n, columns): one column per number, and one per unordered level."""
    columns: list[Array] = []
    for each_input in inputs:
        positions = np.asarray(each_input.positions, dtype=np.float64)
        if each_input.levels is None:
            columns.append(positions[:, None])
        else:
            columns.append(
                np.equal(positions[:, None], np.arange(each_input.levels)).astype(
                    np.float64
                )
            )
    return np.hstack(columns)
