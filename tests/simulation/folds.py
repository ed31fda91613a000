"""Corrected t over folds and resplits, whose training sets overlap (Nadeau and Bengio 2003)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sweep.statistics.family import compare
from tests.simulation.line import COVERAGE, ERROR, Line

CASES = ((5, 0.25, 1), (10, 1 / 9, 1), (10, 1 / 9, 3), (15, 0.25, 3))


def lines(runs: int) -> Iterator[Line]:
    """Differences over splits correlate by n_test / (n_train + n_test), as the authors assume."""
    for splits, ratio, k in CASES:
        generator = np.random.default_rng([splits, k])
        correlation = ratio / (1 + ratio)
        covered = erred = plain = 0
        for _ in range(runs):
            shared = generator.normal(size=(1, k)) * np.sqrt(correlation)
            own = generator.normal(size=(splits, k)) * np.sqrt(1 - correlation)
            arms = shared + own
            found = compare(arms, np.zeros(splits), test_to_train=ratio).contrasts
            covered += all(not contrast.excludes_zero for contrast in found)
            erred += any(contrast.p <= 0.05 for contrast in found)
            naive = compare(arms, np.zeros(splits), flips=False).contrasts
            plain += all(not contrast.excludes_zero for contrast in naive)
        case = f"{splits} splits, test/train {ratio:.2f}, {k} arms"
        name = "folds and resplits"
        yield Line(name, case, "joint coverage", covered / runs, runs, COVERAGE)
        yield Line(name, case, "family-wise error", erred / runs, runs, ERROR)
        yield Line(name, case, "coverage, uncorrected t", plain / runs, runs)
