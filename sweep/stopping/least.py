"""The minimum that a search trains under a rule, for the plan."""

from __future__ import annotations

from sweep.stopping.protocol import StoppingRule


def trained(
    rule: StoppingRule, configurations: int, runs: int, epochs: int
) -> tuple[int, int]:
    """The minimum number of runs that a search starts, and of epochs trained in them.

    It is reached if results arrive in the worst order.

    Args:
        rule: decides which trials stop early.
        configurations: number of configurations that the search tries.
        runs: of a configuration, over seeds and folds; a configuration that is stopped in its first
            run gets no other run.
        epochs: of a full run.
    """
    least = rule.least()
    if least.runs is not None:
        full = min(least.whole, configurations)
        started = full * runs + (configurations - full) * min(least.runs, runs)
        return started, started * epochs
    last = epochs if least.until is None else min(least.until, epochs)
    if least.epochs is None or least.epochs >= last:
        # no run is stopped after its last epoch, or after `until`
        return configurations * runs, configurations * runs * epochs
    full = min(least.whole, configurations * runs)
    stopped = max(configurations - -(-full // runs), 0)
    return full + stopped, full * epochs + stopped * least.epochs
