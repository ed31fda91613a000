"""What a configuration would have reached that was not trained to its end: for a sampler alone, never a result.

Stopping trials early saves most of a search's epochs, and leaves a model with almost nothing to learn from unless what
was stopped counts too. What it had reached when it stopped says as much about its end as that epoch has said about the
end of those that went on: much on one problem, nothing on another. That is measured here, on the trials of this search.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

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

    Configurations that have reported nothing are left out, failed ones too.
    """
    sign = 1.0 if spec.metric.goal == "maximize" else -1.0
    last_counts = spec.report.select == "last"
    found = {n: sign * seen.value for n, seen in enumerate(past) if seen.value is not None and _complete(seen)}
    open_ = {n: seen for n, seen in enumerate(past) if seen.curve and seen.state in (State.PRUNED, State.RUNNING)}
    curves = {n: _reached(seen, sign, last_counts) for n, seen in enumerate(past) if seen.curve}
    for epoch in sorted({max(seen.curve) for seen in open_.values()}, reverse=True):
        pairs = [(_at(curves[n], epoch), end) for n, end in found.items() if n in curves and max(curves[n]) >= epoch]
        here = [n for n, seen in open_.items() if max(seen.curve) == epoch]
        found |= {n: _end(_at(curves[n], epoch), pairs) for n in here}
    return found


def _complete(seen: Observation) -> bool:
    return seen.state is State.COMPLETE


def _reached(seen: Observation, sign: float, last_counts: bool) -> dict[int, float]:
    """Epoch → what the trial would be worth if it ended there, larger is better."""
    found: dict[int, float] = {}
    best = -float("inf")
    for epoch in sorted(seen.curve):
        value = sign * seen.curve[epoch]
        best = value if last_counts else max(best, value)
        found[epoch] = best
    return found


def _at(reached: dict[int, float], epoch: int) -> float:
    """The worth at an epoch, or at the last report before it (the first one, if there is none)."""
    before = [e for e in reached if e <= epoch]
    return reached[max(before) if before else min(reached)]


def _end(value: float, pairs: Sequence[tuple[float, float]]) -> float:
    if not pairs:
        return value
    here, later = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    middle, number = statistics.fmean(here), len(pairs)
    spread = statistics.fmean((x - middle) ** 2 for x in here)
    together = statistics.fmean((x - middle) * y for x, y in pairs)
    slope = 1.0 if spread == 0 else (number * together / spread + PRIOR) / (number + PRIOR)
    slope = min(max(slope, 0.0), STEEPEST)
    lag = max(min(here) - value, 0.0)
    return statistics.fmean(later) + slope * (value + lag - middle) - max(slope, 1.0) * lag
