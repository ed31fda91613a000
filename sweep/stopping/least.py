"""The least that a search trains under a rule: each rule's own statement, and what it adds up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sweep.spec import EarlyTerminate
from sweep.stopping.asha import least as asha
from sweep.stopping.hyperband import least as hyperband
from sweep.stopping.median import least as median
from sweep.stopping.patient import least as patient
from sweep.stopping.percentile import least as percentile
from sweep.stopping.protocol import Least, all_of_it
from sweep.stopping.threshold import least as threshold
from sweep.stopping.wilcoxon import least as wilcoxon

LEAST: Mapping[str, Callable[[EarlyTerminate], Least]] = {
    "none": all_of_it,
    "asha": asha,
    "median": median,
    "percentile": percentile,
    "patient": lambda rule: patient(rule, _within(rule)),
    "threshold": threshold,
    "hyperband": hyperband,
    "wilcoxon": wilcoxon,
}


def _within(rule: EarlyTerminate) -> Least:
    """Of what `patient` wraps; alone it may stop any run."""
    return Least() if rule.rule is None else LEAST[rule.rule.type](rule.rule)


def trained(rule: EarlyTerminate, configurations: int, runs: int, epochs: int) -> tuple[int, int]:
    """Runs that a search starts, and epochs trained in them, at least: as if every result came in
    the worst order.

    Args:
        rule: which trials stop early.
        configurations: that the search tries.
        runs: of a configuration, over seeds and folds; one that is stopped in its first run gets no
            other.
        epochs: of a whole run.
    """
    least = LEAST[rule.type](rule)
    if least.runs is not None:
        whole = min(least.whole, configurations)
        started = whole * runs + (configurations - whole) * min(least.runs, runs)
        return started, started * epochs
    last = epochs if rule.max_iter is None else min(rule.max_iter, epochs)
    if least.epochs is None or least.epochs >= last:
        # nothing is stopped after its last epoch, or after max_iter
        return configurations * runs, configurations * runs * epochs
    whole = min(least.whole, configurations * runs)
    stopped = max(configurations - -(-whole // runs), 0)
    return whole + stopped, whole * epochs + stopped * least.epochs
