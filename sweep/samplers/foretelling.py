"""What a configuration would have reached that was not trained to its end: for a sampler alone, never a result.

Stopping trials early saves most of a search's epochs, and leaves a model with almost nothing to learn from unless what
was stopped counts too. What it had reached when it stopped says as much about its end as that epoch has said about the
end of those that went on: much on one problem, nothing on another. That is measured here, on the trials of this search.
"""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from sweep.samplers.seam import Observation
from sweep.spec import StudySpec
from sweep.trial import State

PRIOR = 3  # pairs' worth of belief that a lead is kept as it is; with so few of its own a regression follows noise
STEEPEST = 1.5  # no lead is foretold to grow by more than half


def ends(spec: StudySpec, past: Sequence[Observation]) -> dict[int, float]:
    """Place in `past` → final value, larger is better: the real one of a COMPLETE configuration, else a foretold one.

    Those that got furthest are foretold first, and those behind them from all that went further: a least-squares line
    from the value at the epoch to the (foretold) end, shrunk towards slope 1 by `PRIOR` pairs. Where trials went on is
    where the line was learned; below, a lag counts in full, so that nothing poor is foretold to be average because
    the line is flat among the good. Where nothing went further a value stands for itself.

    Left out are those that still run (two epochs of noise say little, and what they will say comes by itself), those
    that failed, and those that were stopped without a report.
    """
    sign = 1.0 if spec.metric.goal == "maximize" else -1.0
    last_counts = spec.report.select == "last"
    found = {n: sign * o.value for n, o in enumerate(past) if o.value is not None and o.state is State.COMPLETE}
    curves = {n: _reached(seen, sign, last_counts) for n, seen in enumerate(past) if seen.curve}
    stopped: dict[int, list[int]] = {}  # last epoch → those that were stopped after it
    for n, curve in curves.items():
        if past[n].state is State.PRUNED:
            stopped.setdefault(curve.epochs[-1], []).append(n)
    for epoch in sorted(stopped, reverse=True):
        further = [(curves[n], end) for n, end in found.items() if n in curves and curves[n].epochs[-1] >= epoch]
        line = _line([(curve.at(epoch), end) for curve, end in further])
        found |= {n: line.end(curves[n].at(epoch)) for n in stopped[epoch]}
    return found


@dataclass(frozen=True)
class _Reached:
    """What a trial would be worth if it ended at each of its epochs, larger is better."""

    epochs: list[int]
    worth: list[float]

    def at(self, epoch: int) -> float:
        """At an epoch, or at the last report before it (the first one, if there is none)."""
        return self.worth[max(bisect_right(self.epochs, epoch) - 1, 0)]


def _reached(seen: Observation, sign: float, last_counts: bool) -> _Reached:
    epochs = sorted(seen.curve)
    values = [sign * seen.curve[epoch] for epoch in epochs]
    return _Reached(epochs, values if last_counts else list(accumulate(values, max)))


@dataclass(frozen=True)
class _Line:
    """From the value at an epoch to the end: through `middle` and `ends`; below `lowest` no less than one for one."""

    middle: float
    ends: float
    slope: float
    lowest: float

    def end(self, value: float) -> float:
        """What a value is foretold to end as."""
        lag = max(self.lowest - value, 0.0)
        return self.ends + self.slope * (value + lag - self.middle) - max(self.slope, 1.0) * lag


def _line(pairs: Sequence[tuple[float, float]]) -> _Line:
    """What pairs of a value and an end say; without any, that a value stands for itself."""
    if not pairs:
        return _Line(0.0, 0.0, 1.0, 0.0)
    here, later = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    middle, number = statistics.fmean(here), len(pairs)
    spread = statistics.fmean((x - middle) ** 2 for x in here)
    together = statistics.fmean((x - middle) * y for x, y in pairs)
    slope = 1.0 if spread == 0 else (number * together / spread + PRIOR) / (number + PRIOR)
    return _Line(middle, statistics.fmean(later), min(max(slope, 0.0), STEEPEST), min(here))
