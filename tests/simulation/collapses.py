"""Collapsed runs: coverage of the upper limit, and runs that are called collapsed and are not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sweep.statistics.collapse import collapses
from tests.simulation.line import Line, Promise

LIMIT = Promise(least=0.95)
FALSE = Promise(most=0.01)


def lines(runs: int) -> Iterator[Line]:
    """Arms of which one loses 30 standard deviations with some of its runs."""
    for n in (5, 10, 30):
        for probability in (0.0, 0.1, 0.3):
            generator = np.random.default_rng([n, int(10 * probability)])
            held = false = found = true = 0
            for _ in range(runs):
                values = generator.normal(size=(n, 4))
                fallen = generator.random(n) < probability
                values[fallen, 0] -= 30
                first, *others = collapses(values, "maximize", floor=-15.0)
                held += first.limit >= probability
                false += sum(len(other.runs) for other in others)
                found += len(set(first.runs) & set(np.flatnonzero(fallen).tolist()))
                true += int(fallen.sum())
            case = f"{n} seeds, {probability:.0%} of one arm's runs collapse"
            name = "collapsed runs"
            yield Line(name, case, "upper limit holds", held / runs, runs, LIMIT)
            yield Line(
                name, case, "false alarms a run", false / runs / n / 3, runs, FALSE
            )
            if true:
                yield Line(
                    name,
                    case,
                    "collapsed runs found",
                    found / true,
                    runs,
                    Promise(0.99),
                )
