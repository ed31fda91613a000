"""Percent changes: coverage of the ratio's interval, beside one divided by the baseline's mean."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sweep.statistics.family import compare
from sweep.statistics.ratio import relative_change
from tests.simulation.line import COVERAGE, Line


def lines(runs: int) -> Iterator[Line]:
    """Positive values whose baseline varies by 5 or 30 % between seeds."""
    for n in (5, 8, 12):
        for spread in (0.05, 0.3):
            generator = np.random.default_rng([n, int(100 * spread)])
            covered = plain = 0
            for _ in range(runs):
                baseline = 1 + spread * generator.normal(size=n)
                arm = 1.5 + spread * generator.normal(size=n)
                contrast = compare(arm[:, None], baseline, flips=False).contrasts[0]
                found = relative_change(arm, baseline, contrast.critical)
                covered += not (
                    found.low > 0.5 or found.high < 0.5
                )  # none found: unbounded
                mean = float(np.mean(baseline))
                plain += contrast.low / mean <= 0.5 <= contrast.high / mean
            case = f"{n} seeds, +50 %, sd {spread:.0%} of the baseline"
            yield Line(
                "percent changes", case, "coverage", covered / runs, runs, COVERAGE
            )
            yield Line(
                "percent changes", case, "divided by the mean", plain / runs, runs
            )
