"""What a configuration would have reached that was not trained to its end: for a sampler alone,
never a result.

Stopping trials early saves most of a search's epochs, and leaves a model with almost nothing to
learn from unless what was stopped counts too. What it had reached when it stopped says as much
about its end as that epoch has said about the end of those that went on: much on one problem,
nothing on another. That is measured here, on the trials of this search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sweep.samplers.curves import Curves

Floats = NDArray[np.float64]
PRIOR = 3  # pairs' worth of belief that a lead is kept as it is; with so few of its own a regression follows noise
STEEPEST = 1.5  # no lead is foretold to grow by more than half


def ends(read: Curves) -> Floats:
    """(n,), final values, larger is better: the real one of a COMPLETE configuration, else a
    foretold one.

    Those that got furthest are foretold first, and those behind them from all that went further: a
    least-squares line from the value at the epoch to the (foretold) end, shrunk towards slope 1 by
    `PRIOR` pairs. Where trials went on is where the line was learned; below, a lag counts in full,
    so that nothing poor is foretold to be average because the line is flat among the good. Where
    nothing went further a value stands for itself.

    NaN for those that still run (two epochs of noise say little, and what they will say comes by
    itself), those that failed, and those that were stopped without a report.
    """
    found, last, stopped = read.ends, read.last, read.stopped
    for epoch in np.unique(last[stopped])[::-1].tolist():
        here, further = read.at(epoch), (last >= epoch) & ~np.isnan(found)
        line = _line(here[further], found[further])
        ended = stopped & (last == epoch)
        found[ended] = line.end(here[ended])
    return found


@dataclass(frozen=True)
class _Line:
    """From the value at an epoch to the end: through `middle` and `ends`; below `lowest` no less than one for one."""

    middle: float
    ends: float
    slope: float
    lowest: float

    def end(self, values: Floats) -> Floats:
        """(n,), what values are foretold to end as."""
        lag = np.maximum(self.lowest - values, 0.0)
        return self.ends + self.slope * (values + lag - self.middle) - max(self.slope, 1.0) * lag


def _line(here: Floats, later: Floats) -> _Line:
    """What values (n,) and the ends of the same trials say; without any, that a value stands for itself."""
    if not len(here):
        return _Line(0.0, 0.0, 1.0, 0.0)
    middle, number = float(here.mean()), len(here)
    spread, together = float(np.mean((here - middle) ** 2)), float(np.mean((here - middle) * later))
    told = (
        np.ptp(here) > 0 and spread > 0
    )  # equal values may have a spread of rounding, and tiny ones none
    slope = (number * together / spread + PRIOR) / (number + PRIOR) if told else 1.0
    return _Line(middle, float(later.mean()), min(max(slope, 0.0), STEEPEST), float(here.min()))
