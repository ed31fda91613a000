"""Maximise the expected improvement of a process over a flat space, without gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sweep.samplers.flat import FlatSpace
from sweep.samplers.gp_regression import GaussianProcess

Array = NDArray[np.float64]
DRAWN = 1024  # Sobol' points over the whole space; the best are refined
# Points refined, neighbours of each, and rounds; the width halves in each round.
KEPT, NEAR, ROUNDS = 12, 25, 4
# sd of a neighbour's numbers in the first round, as a share of their range
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
    from scipy.stats import qmc

    mean, _ = process.predict(tried)
    level = float(mean.max())
    sobol = qmc.Sobol(len(flat.names), seed=generator).random(DRAWN)
    points = flat.drawn(sobol)
    score = expected(process, points, level)
    of_sobol = np.argsort(-score, kind="stable")[: KEPT - KEPT // 3]
    of_tried = np.argsort(-mean, kind="stable")[: KEPT // 3]
    best = np.concatenate([points[of_sobol], tried[of_tried]])
    score = expected(process, best, level)
    width = WIDEST
    for _ in range(ROUNDS):
        near = [neighbours(flat, point, width, generator) for point in best]
        snapped = flat.snapped(np.concatenate(near))
        points = np.concatenate([best, snapped])
        score = np.concatenate([score, expected(process, snapped, level)])
        order = np.argsort(-score, kind="stable")[:KEPT]
        best, score, width = points[order], score[order], width / 2
    order = np.argsort(-expected(process, points, level), kind="stable")
    candidates: list[Array] = list(points[order])
    tried_points = {row.tobytes() for row in tried}
    for point in candidates:
        if point.tobytes() not in tried_points:
            return point
    return candidates[0]


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
    central = np.log(density + central_u * special.ndtr(central_u))
    # φ(u) + u Φ(u) → φ(u) / u² for u → −∞ (their section A.2).
    tail_u = np.where(in_tail, u, -5.0)
    tail = -0.5 * tail_u**2 - 0.5 * np.log(2 * np.pi) - 2 * np.log(-tail_u)
    logarithm: Array = np.where(in_tail, tail, central) + np.log(sd)
    return logarithm
