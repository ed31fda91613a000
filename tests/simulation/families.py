"""Intervals and p-values of the arms of a table: joint coverage and family-wise error."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sweep.statistics.family import compare
from tests.simulation import noise
from tests.simulation.line import COVERAGE, ERROR, Line

# Case → how runs vary, and by how many standard deviations half of the arms differ.
SYMMETRIC: dict[str, tuple[noise.Draw, float]] = {
    "normal": (noise.normal, 2.0),
    "normal, no arm differs": (noise.normal, 0.0),
    "heavy tails": (noise.heavy_tails, 2.0),
    "unequal noise": (noise.unequal, 2.0),
    "seeds lacking": (noise.lacking_seeds, 2.0),
}
OTHERS: dict[str, tuple[noise.Draw, float]] = {
    "one arm skewed": (noise.one_skewed, 2.0),
    "one arm collapses": (noise.one_collapses, 2.0),
    "accuracies near 1": (noise.near_one, 0.0),
}
SIZES = ((5, 3), (6, 1), (6, 10), (8, 3), (8, 10), (10, 3), (10, 10))


def lines(runs: int) -> Iterator[Line]:
    """Half of the arms differ, the others do not; a single arm does not."""
    for kinds, promised in ((SYMMETRIC, True), (OTHERS, False)):
        for kind, (draw, effect) in kinds.items():
            for n, k in SIZES:
                if kind == "seeds lacking" and (n < 8 or k < 3):
                    continue
                # Five seeds are tested by t, which asks for normal differences.
                holds = promised and (n >= 6 or draw is noise.normal)
                case = f"{kind}, {n} seeds, {k} arms"
                effects = np.zeros(k)
                effects[(k + 1) // 2 :] = effect
                yield from _measured(case, draw, n, effects, runs, holds)


def _measured(
    case: str, draw: noise.Draw, n: int, effects: noise.Array, runs: int, promised: bool
) -> Iterator[Line]:
    generator = np.random.default_rng([n, len(effects)])
    covered = erred = contradicted = 0
    for _ in range(runs):
        arms, baseline = draw(generator, n, len(effects))
        found = compare(arms + effects, baseline).contrasts
        inside, errors = [], []
        for contrast, effect in zip(found, effects, strict=True):
            tested = contrast.p is not None
            inside.append(not tested or contrast.low <= effect <= contrast.high)
            errors.append(tested and effect == 0 and contrast.p <= 0.05)
            contradicted += tested and contrast.excludes_zero and contrast.p > 0.05
        covered += all(inside)
        erred += any(errors)
    name = "intervals and p-values"
    yield Line(
        name,
        case,
        "joint coverage",
        covered / runs,
        runs,
        COVERAGE if promised else None,
    )
    yield Line(
        name, case, "family-wise error", erred / runs, runs, ERROR if promised else None
    )
    if contradicted:
        raise AssertionError(
            f"{case}: {contradicted} intervals contradict their p-value"
        )
