"""The least that a search trains under a rule, for the plan."""

from __future__ import annotations

from sweep.stopping.protocol import StoppingRule


def trained(
    rule: StoppingRule, configurations: int, runs: int, epochs: int
) -> tuple[int, int]:
    """Runs that a search starts, and epochs trained in them, at least: as if every result came in
    the worst order.

    Args:
        rule: which trials stop early.
        configurations: that the search tries.
        runs: of a configuration, over seeds and folds; one that is stopped in its first run gets no
            other.
        epochs: of a whole run.
    """
    least = rule.least()
    if least.runs is not None:
        whole = min(least.whole, configurations)
        started = whole * runs + (configurations - whole) * min(least.runs, runs)
        return started, started * epochs
    last = epochs if least.until is None else min(least.until, epochs)
    if least.epochs is None or least.epochs >= last:
        # nothing is stopped after its last epoch, or after `until`
        return configurations * runs, configurations * runs * epochs
    whole = min(least.whole, configurations * runs)
    stopped = max(configurations - -(-whole // runs), 0)
    return whole + stopped, whole * epochs + stopped * least.epochs
