"""The stated power of a table, against the share of simulated studies that find the shifted arm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sweep.statistics.family import compare
from sweep.statistics.power_of_family import power, smallest_effect
from tests.simulation.line import Line, Promise

SIZES = ((5, 3), (6, 1), (6, 10), (7, 3), (8, 10), (9, 20), (10, 10), (11, 3))
SLOW = ((14, 3), (14, 20), (20, 1), (20, 20))  # in the long form
WITHIN = 0.03


def lines(runs: int) -> Iterator[Line]:
    """One arm differs by what is found with 50 or 80 % probability; arms correlate by 0 or 0.5."""
    for n, k in SIZES + (SLOW if runs > 1_000 else ()):
        for wanted in (0.5, 0.8):
            effect = smallest_effect(n, k, power_wanted=wanted)
            stated = power(effect, n, k)
            for correlation in (0.0, 0.5):
                found = _found(n, k, effect, correlation, runs)
                case = (
                    f"{n} seeds, {k} arms, {effect:.2f} sd, correlation {correlation}"
                )
                promise = Promise(stated - WITHIN, stated + WITHIN)
                yield Line(
                    "power", case, f"power, stated {stated:.3f}", found, runs, promise
                )


def _found(n: int, k: int, effect: float, correlation: float, runs: int) -> float:
    generator = np.random.default_rng([n, k, int(10 * correlation)])
    count = 0
    for _ in range(runs):
        shared = generator.normal(size=(n, 1)) * np.sqrt(correlation)
        differences = shared + generator.normal(size=(n, k)) * np.sqrt(1 - correlation)
        differences[:, 0] += effect
        count += compare(differences, np.zeros(n)).contrasts[0].excludes_zero
    return count / runs
