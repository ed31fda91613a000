"""Every procedure that is simulated: name → function of the number of simulated studies."""

from __future__ import annotations

from tests.simulation import best, collapses, factorial, families, folds, percent, power
from tests.simulation.line import Procedure

PROCEDURES: dict[str, Procedure] = {
    "intervals and p-values": families.lines,
    "power": power.lines,
    "folds and resplits": folds.lines,
    "factorial": factorial.lines,
    "bold": best.lines,
    "percent changes": percent.lines,
    "collapsed runs": collapses.lines,
}

FULL = 4_000  # simulated studies a case: Monte-Carlo error 0.0034 at 95 %
SHORT = 200
