"""Predicted final values of trials that were stopped early: for a sampler alone, never a result.

Stopping trials early saves most of a search's epochs, and leaves a model with almost nothing to
learn from unless stopped trials count too. The value at which a trial was stopped is extrapolated
to the last epoch by a line that is fitted to the trials that continued: how well an epoch predicts
the end differs from problem to problem, and is measured on the trials of this search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sweep.samplers.curves import Curves

Floats = NDArray[np.float64]
# Pairs' worth of belief that a lead is kept as it is; a regression on few pairs follows noise.
PRIOR = 3
STEEPEST = 1.5  # no lead is predicted to grow by more than half


def final_values(columns: Curves) -> Floats:
    """(n,), final values, larger is better: observed for a COMPLETE configuration, else predicted.

    Trials that got furthest are extrapolated first, and those behind them from all that went
    further: a least-squares line from the value at the epoch to the (predicted) end, shrunk towards
    slope 1 by `PRIOR` pairs. The line is fitted where trials continued; below, a lag counts in
    full, so that nothing poor is predicted to be average because the line is flat among the good.
    Where nothing went further a value stands for itself.

    NaN for those that still run (two epochs of noise say little, and the rest will come), those
    that failed, and those that were stopped without a report.
    """
    values, last, stopped = columns.ends, columns.last, columns.stopped
    for epoch in np.unique(last[stopped])[::-1].tolist():
        at_epoch, further = columns.at(epoch), (last >= epoch) & ~np.isnan(values)
        line = _fit(at_epoch[further], values[further])
        ended = stopped & (last == epoch)
        values[ended] = line.predict(at_epoch[ended])
    return values


@dataclass(frozen=True)
class _Line:
    """From the value at an epoch to the final one, through `middle` and `mean`.

    Below `lowest` the slope is at least 1.
    """

    middle: float
    mean: float
    slope: float
    lowest: float

    def predict(self, values: Floats) -> Floats:
        """(n,), predicted final values."""
        lag = np.maximum(self.lowest - values, 0.0)
        return (
            self.mean
            + self.slope * (values + lag - self.middle)
            - max(self.slope, 1.0) * lag
        )


def _fit(values: Floats, final: Floats) -> _Line:
    """The line through values (n,) and final values of the same trials; of none, the identity."""
    if not len(values):
        return _Line(0.0, 0.0, 1.0, 0.0)
    middle, number = float(values.mean()), len(values)
    variance = float(np.mean((values - middle) ** 2))
    covariance = float(np.mean((values - middle) * final))
    # Equal values may have a variance of rounding, and tiny ones none.
    varies = np.ptp(values) > 0 and variance > 0
    slope = (
        (number * covariance / variance + PRIOR) / (number + PRIOR) if varies else 1.0
    )
    slope = min(max(slope, 0.0), STEEPEST)
    return _Line(middle, float(final.mean()), slope, float(values.min()))
