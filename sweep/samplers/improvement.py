"""The largest expected improvement of a process over a flat space, searched without gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sweep.samplers.flat import Flat
from sweep.samplers.gp_regression import Process

Array = NDArray[np.float64]
DRAWN = 1024  # Sobol' points over the whole space, of which the best are refined
# Points refined, neighbours of each, and how often; neighbours draw in by half a round.
KEPT, NEAR, ROUNDS = 12, 25, 4
WIDEST = 0.2  # sd of a neighbour's numbers at first, in shares of their range


def most_promising(
    flat: Flat, process: Process, tried: Array, generator: np.random.Generator
) -> Array:
    """(d,), the point with the largest expected improvement that was not tried.

    The level to improve on is the highest mean at a point that was tried, as values are noisy.

    Args:
        flat: the space.
        process: fitted to what was observed.
        tried: (n, d), points that were tried or are being tried; the neighbours of the better of
            them are searched.
        generator: of random numbers.
    """
    from scipy.stats import qmc

    mean, _ = process.predict(tried)
    level = float(mean.max())
    sobol = qmc.Sobol(len(flat.names), seed=generator).random(DRAWN)
    points = flat.drawn(sobol)
    promise = expected(process, points, level)
    of_sobol = np.argsort(-promise, kind="stable")[: KEPT - KEPT // 3]
    of_tried = np.argsort(-mean, kind="stable")[: KEPT // 3]
    best = np.concatenate([points[of_sobol], tried[of_tried]])
    promise = expected(process, best, level)
    width = WIDEST
    for _ in range(ROUNDS):
        near = [neighbours(flat, point, width, generator) for point in best]
        settled = flat.settled(np.concatenate(near))
        points = np.concatenate([best, settled])
        promise = np.concatenate([promise, expected(process, settled, level)])
        order = np.argsort(-promise, kind="stable")[:KEPT]
        best, promise, width = points[order], promise[order], width / 2
    by_promise = list(
        points[np.argsort(-expected(process, points, level), kind="stable")]
    )
    taken = {row.tobytes() for row in tried}
    return next(
        (point for point in by_promise if point.tobytes() not in taken), by_promise[0]
    )


def neighbours(
    flat: Flat, point: Array, width: float, generator: np.random.Generator
) -> Array:
    """(NEAR, d), points that differ from one in about a quarter of its coordinates.

    Not all of them lie on the steps of their domains.
    """
    d = len(point)
    copies = np.repeat(point[None], NEAR, axis=0)
    moved = generator.random(copies.shape) < max(0.25, 1.5 / d)
    away = np.clip(copies + width * generator.standard_normal(copies.shape), 0.0, 1.0)
    for at, (name, categories) in enumerate(
        zip(flat.names, flat.categories.tolist(), strict=True)
    ):
        if categories:
            away[:, at] = generator.integers(categories, size=NEAR)
        elif (
            step := flat.step(name)
        ) is not None:  # a small width would leave it where it is
            direction = generator.choice((-1.0, 1.0), size=NEAR)
            away[:, at] = np.clip(copies[:, at] + direction * step, 0.0, 1.0)
    return np.where(moved, away, copies)


def expected(process: Process, points: Array, level: float) -> Array:
    """(n,), the logarithm of the expected improvement on a level (Ament et al. 2023).

    Finite where the improvement underflows.
    """
    mean, sd = process.predict(points)
    u = (mean - level) / sd
    far = u < -5.0
    near = np.where(far, 0.0, u)
    density = np.exp(-0.5 * near**2) / np.sqrt(2 * np.pi)
    close = np.log(density + near * special.ndtr(near))
    # φ(u) + u Φ(u) → φ(u) / u² for u → −∞ (their section A.2).
    away = np.where(far, u, -5.0)
    tail = -0.5 * away**2 - 0.5 * np.log(2 * np.pi) - 2 * np.log(-away)
    logarithm: Array = np.where(far, tail, close) + np.log(sd)
    return logarithm
