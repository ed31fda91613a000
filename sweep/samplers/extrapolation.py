"""Predicted final values of trials that were stopped early, for a sampler only; never a result.

Early stopping saves most of a search's epochs, but leaves a model few complete trials to learn
from. A stopped trial therefore contributes its predicted final value, extrapolated by a line fitted
to the trials that continued. How well an epoch predicts the end differs between problems, and is
estimated from the trials of this search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sweep.samplers.curves import Curves

Floats = NDArray[np.float64]
# Weight, in pairs, of the prior slope 1 (differences are kept); few pairs alone would fit noise.
PRIOR = 3
STEEPEST = 1.5  # upper limit of the slope


def final_values(columns: Curves) -> Floats:
    """(n,), final values, larger is better: observed for COMPLETE configurations, else predicted.

    Trials are extrapolated in descending order of their last epoch, from all trials that trained at
    least as long: by a least-squares line from the value at that epoch to the (predicted) final
    value, shrunk towards slope 1 by `PRIOR` pairs. Below the values of the trials that
    continued, the slope is at least 1, so that a poor trial is not predicted to be average if the
    line is flat among good ones. If no trial trained longer, the value itself is the prediction.

    NaN for trials that are running (too early to predict), that failed, or that were stopped
    without a report.
    """
    values, last, stopped = columns.ends, columns.last, columns.stopped
    for epoch in np.unique(last[stopped])[::-1].tolist():
        at_epoch = columns.at(epoch)
        continued = (last >= epoch) & ~np.isnan(values)
        line = _fit(at_epoch[continued], values[continued])
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
        on_line = self.mean + self.slope * (values + lag - self.middle)
        return on_line - max(self.slope, 1.0) * lag


def _fit(values: Floats, final: Floats) -> _Line:
    """The line from values (n,) to final values of the same trials; the identity for n = 0."""
    if not len(values):
        return _Line(0.0, 0.0, 1.0, 0.0)
    middle, number = float(values.mean()), len(values)
    variance = float(np.mean((values - middle) ** 2))
    covariance = float(np.mean((values - middle) * final))
    slope = 1.0
    # equal values may have a variance by rounding, and tiny ones none
    if np.ptp(values) > 0 and variance > 0:
        slope = (number * covariance / variance + PRIOR) / (number + PRIOR)
    slope = min(max(slope, 0.0), STEEPEST)
    return _Line(middle, float(final.mean()), slope, float(values.min()))
