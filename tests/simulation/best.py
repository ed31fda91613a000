"""Bold arms: how often the best arm is bold, and how many others are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sweep.statistics.best import best
from tests.simulation import noise
from tests.simulation.line import Line, Promise

BOLD = Promise(least=0.95)


def lines(runs: int) -> Iterator[Line]:
    """The best arm leads by 0, 1 or 3 standard deviations; where all would be bold, it counts."""
    for n, k in ((5, 3), (8, 10), (12, 5)):
        for lead in (0.0, 1.0, 3.0):
            generator = np.random.default_rng([n, k])
            kept, others, alike = 0, 0.0, 0
            for _ in range(runs):
                arms, baseline = noise.normal(generator, n, k - 1)
                values = np.column_stack([baseline + lead, arms])
                found = best(values, "maximize")
                kept += found.bold[0] or found.all_alike
                alike += found.all_alike
                others += sum(found.bold[1:]) / (k - 1)
            case = f"{n} seeds, {k} arms, the best leads by {lead:g} sd"
            yield Line("bold", case, "the best is bold", kept / runs, runs, BOLD)
            yield Line("bold", case, "others that are bold", others / runs, runs)
            yield Line("bold", case, "none is, since all would be", alike / runs, runs)
