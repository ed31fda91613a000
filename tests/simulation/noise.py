"""Noise of simulated studies: runs of k arms and their baseline, paired by seed.

Each function returns arms (n, k) and baseline (n,) of true differences 0 and, where it is
symmetric, a standard deviation of 1 of each paired difference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], tuple[Array, Array]]


def normal(generator: np.random.Generator, n: int, k: int) -> tuple[Array, Array]:
    """All runs equally noisy: differences from one baseline correlate by 0.5."""
    seeds = generator.normal(0, 5, (n, 1))  # what a pair shares cancels
    return _runs(generator.normal, seeds, n, k)


def heavy_tails(generator: np.random.Generator, n: int, k: int) -> tuple[Array, Array]:
    """Student's t with three degrees of freedom, scaled to the same variance."""

    def draw(size: Any) -> Array:
        return generator.standard_t(3, size) / np.sqrt(3)

    return _runs(lambda _, __, size: draw(size), np.zeros((n, 1)), n, k)


def unequal(generator: np.random.Generator, n: int, k: int) -> tuple[Array, Array]:
    """Arms from a third to three times as noisy as each other."""
    arms, baseline = normal(generator, n, k)
    return arms + generator.normal(size=(n, k)) * np.linspace(0.0, 3.0, k), baseline


def one_skewed(generator: np.random.Generator, n: int, k: int) -> tuple[Array, Array]:
    """The first arm has exponential noise, of ten times the others' size."""
    arms, baseline = normal(generator, n, k)
    arms[:, 0] += 10 * (generator.exponential(size=n) - 1)
    return arms, baseline


def one_collapses(
    generator: np.random.Generator, n: int, k: int
) -> tuple[Array, Array]:
    """The first arm loses 30 standard deviations in a tenth of its runs; its mean counts them."""
    arms, baseline = normal(generator, n, k)
    arms[:, 0] -= 30 * ((generator.random(n) < 0.1) - 0.1)
    return arms, baseline


def near_one(generator: np.random.Generator, n: int, k: int) -> tuple[Array, Array]:
    """Accuracies of 99 % on 200 test images: few distinct values, many ties."""
    draws = generator.binomial(200, 0.99, size=(n, k + 1)) / 200
    return draws[:, 1:], draws[:, 0]


def lacking_seeds(
    generator: np.random.Generator, n: int, k: int
) -> tuple[Array, Array]:
    """The first arm lacks a seed, the second another two."""
    arms, baseline = normal(generator, n, k)
    arms[0, 0] = np.nan
    arms[1:3, 1 % k] = np.nan
    return arms, baseline


def _runs(draw: Any, seeds: Array, n: int, k: int) -> tuple[Array, Array]:
    runs = draw(0.0, 1.0, (n, k + 1)) / np.sqrt(2) + seeds
    return runs[:, 1:], runs[:, 0]
