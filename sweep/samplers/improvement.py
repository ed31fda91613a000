"""Maximise the expected improvement of a process over a flat space, without gradients."""

from __future__ import annotations

import numpy as np
import scipy  # its parts are imported when they are used
from numpy.typing import NDArray

from sweep.samplers.flat import FlatSpace
from sweep.samplers.gp_regression import GaussianProcess

Array = NDArray[np.float64]
DRAWN = 1024  # Sobol' points over the whole space; the best are refined
KEPT = 12  # points that are refined
FROM_TRIED = KEPT // 3  # of them, points that were tried; the others are Sobol' points
NEAR = 25  # neighbours of each
ROUNDS = 4
# Standard deviation of a neighbour's numbers in the first round, as a share of their range; it
# halves in each round.
WIDEST = 0.2


def most_promising(
    flat: FlatSpace,
    process: GaussianProcess,
    tried: Array,
    generator: np.random.Generator,
) -> Array:
    """(d,), the point with the largest expected improvement that was not tried.

    The level to improve on is the highest mean at a tried point, as values are noisy.

    Args:
        flat: the space.
        process: fitted to the observations.
        tried: (n, d), points that were tried or are being tried; neighbours of the better ones are
            searched.
        generator: of random numbers.
    """
    mean, _ = process.predict(tried)
    level = float(mean.max())
    best = _starts(flat, process, tried, mean, generator)
    score = expected(process, best, level)
    width = WIDEST
    for _ in range(ROUNDS):
        near = [neighbours(flat, point, width, generator) for point in best]
        snapped = flat.snapped(np.concatenate(near))
        new_score = expected(process, snapped, level)
        points = np.concatenate([best, snapped])
        score = np.concatenate([score, new_score])
        kept = _highest(score, KEPT)
        best = points[kept]
        score = score[kept]
        width /= 2
    # The last round's points, also those that it did not keep: all kept ones may have been tried.
    final_score = expected(process, points, level)
    candidates = points[_highest(final_score, len(points))]
    return _first_untried(candidates, tried)


def _starts(
    flat: FlatSpace,
    process: GaussianProcess,
    tried: Array,
    mean: Array,
    generator: np.random.Generator,
) -> Array:
    """(KEPT, d), the points that are refined: the best Sobol' points and the best tried ones.

    Args:
        flat: the space.
        process: fitted to the observations.
        tried: (n, d).
        mean: (n,), the mean at each tried point.
        generator: of random numbers.
    """
    from scipy.stats import qmc

    shares = qmc.Sobol(len(flat.names), seed=generator).random(DRAWN)
    points = flat.drawn(shares)
    score = expected(process, points, float(mean.max()))
    of_points = _highest(score, KEPT - FROM_TRIED)
    of_tried = _highest(mean, FROM_TRIED)
    return np.concatenate([points[of_points], tried[of_tried]])


def _highest(scores: Array, count: int) -> NDArray[np.intp]:
    """Indices of the highest scores, the highest first; of equal ones the first comes first."""
    return np.argsort(-scores, kind="stable")[:count]


def _first_untried(candidates: Array, tried: Array) -> Array:
    """(d,), the first candidate that was not tried; the first of all if every one was.

    Args:
        candidates: (m, d), the best first.
        tried: (n, d).
    """
    tried_points = {row.tobytes() for row in tried}
    points: list[Array] = list(candidates)
    for point in points:
        if point.tobytes() not in tried_points:
            return point
    return points[0]


def neighbours(
    flat: FlatSpace, point: Array, width: float, generator: np.random.Generator
) -> Array:
    """(NEAR, d), points that differ from a point in about a quarter of its coordinates.

    They are not rounded to the steps of their domains.
    """
    d = len(point)
    copies = np.repeat(point[None], NEAR, axis=0)
    is_moved = generator.random(copies.shape) < max(0.25, 1.5 / d)
    moved = np.clip(copies + width * generator.standard_normal(copies.shape), 0.0, 1.0)
    kinds = zip(flat.names, flat.categories.tolist(), strict=True)
    for index, (name, categories) in enumerate(kinds):
        step = flat.step(name)
        if categories:
            moved[:, index] = generator.integers(categories, size=NEAR)
        elif step is not None:  # by one step, as a small width would round back
            direction = generator.choice((-1.0, 1.0), size=NEAR)
            moved[:, index] = np.clip(copies[:, index] + direction * step, 0.0, 1.0)
    return np.where(is_moved, moved, copies)


def expected(process: GaussianProcess, points: Array, level: float) -> Array:
    """(n,), the logarithm of the expected improvement on a level (Ament et al. 2023).

    It is finite even if the improvement underflows.
    """
    mean, sd = process.predict(points)
    u = (mean - level) / sd
    in_tail = u < -5.0
    central_u = np.where(in_tail, 0.0, u)
    density = np.exp(-0.5 * central_u**2) / np.sqrt(2 * np.pi)
    central = np.log(density + central_u * scipy.special.ndtr(central_u))
    # φ(u) + u Φ(u) → φ(u) / u² for u → −∞ (their section A.2).
    tail_u = np.where(in_tail, u, -5.0)
    tail = -0.5 * tail_u**2 - 0.5 * np.log(2 * np.pi) - 2 * np.log(-tail_u)
    logarithm: Array = np.where(in_tail, tail, central) + np.log(sd)
    return logarithm
