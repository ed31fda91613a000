"""Every procedure that is simulated: name → function of the number of simulated studies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation import (
    best,
    collapses,
    factorial,
    families,
    folds,
    forecasts,
    looks,
    percent,
    power,
    sequential,
    shapley,
    tasks,
    variance_components,
)
from tests.simulation.line import Procedure

PROCEDURES: dict[str, Procedure] = {
    "intervals and p-values": families.lines,
    "power": power.lines,
    "folds and resplits": folds.lines,
    "factorial": factorial.lines,
    "bold": best.lines,
    "percent changes": percent.lines,
    "collapsed runs": collapses.lines,
    "forecasts": forecasts.lines,
    "looks": looks.lines,
}


@dataclass(frozen=True)
class Table:
    """A simulation that writes a table of its own, of a number of repeats."""

    write: Callable[[int], str]
    full: int
    short: int


TABLES: dict[str, Table] = {
    "sequential designs": Table(sequential.table, sequential.REPEATS, 40),
    "fair shares": Table(shapley.table, shapley.REPEATS, 4),
    "tasks": Table(tasks.table, tasks.REPEATS, 4),
    "variance components": Table(
        variance_components.table, variance_components.REPEATS, 1
    ),
}

FULL = 4_000  # simulated studies a case: Monte-Carlo error 0.0034 at 95 %
SHORT = 200
