"""Stated probabilities of a verdict, against the share that the table's own procedure decides."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sweep.statistics.family import compare
from sweep.statistics.power_of_family import expected_critical_value
from sweep.statistics.verdict_forecast import (
    bonferroni_critical_value,
    verdict_probabilities,
)
from tests.simulation.line import Line, Promise

SIZES = ((6, 1), (6, 6), (7, 1), (7, 6), (8, 1), (8, 3), (8, 10), (10, 6))
SLOW = ((12, 3), (14, 1), (14, 10), (20, 6))  # in the long form
WITHIN, WITHIN_SIX = 0.05, 0.13  # six seeds flip few signs
CORRELATION = 0.5  # of two arms' differences, as equally noisy arms have


def lines(runs: int) -> Iterator[Line]:
    """One arm, without effect or with one; "no difference" within a margin, or a direction."""
    for seeds, arms in SIZES + (SLOW if runs > 1_000 else ()):
        half = expected_critical_value(seeds, arms) / np.sqrt(seeds)
        by_bonferroni = bonferroni_critical_value(seeds, arms)
        for effect, margin in ((0.0, half + 0.5), (half + 0.5, None)):
            stated = verdict_probabilities(
                effect, seeds, np.sqrt(seeds) * half, margin
            ).decided
            other = verdict_probabilities(effect, seeds, by_bonferroni, margin).decided
            found = _decided(seeds, arms, effect, margin, runs)
            what = f"margin {margin:.2f} sd" if margin else f"effect {effect:.2f} sd"
            case = f"{seeds} seeds, {arms} arms, {what}"
            within = WITHIN_SIX if seeds == 6 else WITHIN
            promise = Promise(stated - within, stated + within)
            yield Line(
                "forecasts", case, f"decided, stated {stated:.3f}", found, runs, promise
            )
            yield Line("forecasts", case, "stated by Bonferroni's t", other, runs)


def _decided(
    seeds: int, arms: int, effect: float, margin: float | None, runs: int
) -> float:
    generator = np.random.default_rng([seeds, arms])
    count = 0
    for _ in range(runs):
        shared = generator.normal(size=(seeds, 1)) * np.sqrt(CORRELATION)
        own = generator.normal(size=(seeds, arms)) * np.sqrt(1 - CORRELATION)
        differences = shared + own
        differences[:, 0] += effect
        first = compare(differences, np.zeros(seeds)).contrasts[0]
        inside = margin is not None and -margin < first.low and first.high < margin
        count += inside or first.excludes_zero
    return count / runs
