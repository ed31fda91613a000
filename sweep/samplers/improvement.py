"""Where a process promises the most: the largest expected improvement over a flat space, searched without gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sweep.samplers.flat import Flat
from sweep.samplers.gp_regression import Process

Array = NDArray[np.float64]
DRAWN = 1024  # Sobol' points over the whole space, of which the best are refined
KEPT, NEAR, ROUNDS = (
    12,
    25,
    4,
)  # points refined, neighbours of each, and how often; neighbours draw in by half a round
WIDEST = 0.2  # sd of a neighbour's numbers at first, in shares of their range


def most_promising(
    flat: Flat, process: Process, known: Array, generator: np.random.Generator
) -> Array:
    """(d,), the best point found that is none of the known ones.

    The level to improve on is the highest mean at a point that was seen, as values are noisy.

    Args:
        known: (n, d), points that were tried or are being tried; the better of them have their
            neighbours searched.
    """
    from scipy.stats import qmc

    mean, _ = process.predict(known)
    level = float(mean.max())
    taken = {row.tobytes() for row in known}
    sobol = qmc.Sobol(len(flat.names), seed=generator).random(DRAWN)
    found = flat.drawn(sobol)
    promise = expected(process, found, level)
    first = np.argsort(-promise, kind="stable")[: KEPT - KEPT // 3]
    best = np.concatenate([found[first], known[np.argsort(-mean, kind="stable")[: KEPT // 3]]])
    promise = expected(process, best, level)
    width = WIDEST
    for _ in range(ROUNDS):
        near = flat.settled(
            np.concatenate([neighbours(flat, place, width, generator) for place in best])
        )
        found, promise = (
            np.concatenate([best, near]),
            np.concatenate([promise, expected(process, near, level)]),
        )
        order = np.argsort(-promise, kind="stable")[:KEPT]
        best, promise, width = found[order], promise[order], width / 2
    free = list(found[np.argsort(-expected(process, found, level), kind="stable")])
    return next((place for place in free if place.tobytes() not in taken), free[0])


def neighbours(flat: Flat, place: Array, width: float, generator: np.random.Generator) -> Array:
    """(NEAR, d), points that differ from one in about a quarter of its coordinates, not all on the steps."""
    d = len(place)
    found = np.repeat(place[None], NEAR, axis=0)
    moved = generator.random(found.shape) < max(0.25, 1.5 / d)
    away = np.clip(found + width * generator.standard_normal(found.shape), 0.0, 1.0)
    for at, (name, categories) in enumerate(zip(flat.names, flat.categories.tolist(), strict=True)):
        if categories:
            away[:, at] = generator.integers(categories, size=NEAR)
        elif (step := flat.step(name)) is not None:  # a small width would leave it where it is
            direction = generator.choice((-1.0, 1.0), size=NEAR)
            away[:, at] = np.clip(found[:, at] + direction * step, 0.0, 1.0)
    return np.where(moved, away, found)


def expected(process: Process, places: Array, level: float) -> Array:
    """(n,), the logarithm of the expected improvement on a level (Ament et al.

    2023), finite where it underflows.
    """
    mean, sd = process.predict(places)
    u = (mean - level) / sd
    far = u < -5.0
    near = np.where(far, 0.0, u)
    density = np.exp(-0.5 * near**2) / np.sqrt(2 * np.pi)
    close = np.log(density + near * special.ndtr(near))
    # φ(u) + u Φ(u) → φ(u) / u² for u → −∞ (their section A.2).
    away = np.where(far, u, -5.0)
    found: Array = np.where(
        far, -0.5 * away**2 - 0.5 * np.log(2 * np.pi) - 2 * np.log(-away), close
    ) + np.log(sd)
    return found
