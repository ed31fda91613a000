"""Which configuration a search should end with where single epochs are noisy.

The best of thousands of epochs is partly luck. The mean of a few epochs in a row is lifted less: on
13 surrogates of real learning curves, 30 trials each and noise of 5 % of the span from the median
to the best, the epoch so chosen was behind the best one visited by 64 % of what the best single
epoch was behind by (`benchmarks/RESULTS.md`, external).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from sweep.model.trial import Goal, Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence

WINDOW = 5  # epochs in a row
LEAST = (
    2 * WINDOW
)  # epochs of a trial, below which a window says little of when it was good
LOOKED_AT = 50  # configurations, the best by single epochs: no other could come first

Ranked = Sequence[
    tuple[float, tuple[Trial, ...]]
]  # the selected value and the trials of each


def final_choice(
    evidence: Evidence, ranked: Ranked
) -> tuple[str, tuple[int, ...]] | None:
    """A sentence on which configuration comes first by the mean of `WINDOW` epochs, and its trials.

    Args:
        evidence: of the study.
        ranked: complete configurations, the best first.

    Returns:
        None where fewer than two configurations have curves of `LEAST` epochs.
    """
    metric = evidence.history.spec.metric
    smoothed: list[tuple[float, tuple[Trial, ...]]] = []
    for _, trials in ranked[:LOOKED_AT]:
        values = [
            best_window(list(t.curve(metric.name).values()), metric.goal)
            for t in trials
        ]
        known = [value for value in values if value is not None]
        if len(known) == len(trials):
            smoothed.append((fmean(known), trials))
    if len(smoothed) < 2:
        return None
    sign = 1.0 if metric.goal == "maximize" else -1.0
    value, chosen = max(smoothed, key=lambda entry: sign * entry[0])
    first = ranked[0][1]
    rule = f"the mean of {WINDOW} epochs in a row, which noise lifts less than a single one"
    numbered = tuple(trial.number for trial in chosen)
    if chosen == first:
        return f"Final choice: {_named(first)} also comes first by {rule}", numbered
    lead = f"Final choice: by {rule}, {_named(chosen)} comes first ({numbers.plain(value)})"
    others = [mean for mean, trials in smoothed if trials == first]
    behind = f" ({numbers.plain(others[0])})" if others else ""
    select = evidence.history.spec.report.select
    why = f"not {_named(first)}{behind}, which is ranked first by its {select} epoch"
    return f"{lead}, {why} (report.select)", numbered


def best_window(values: Sequence[float], goal: Goal) -> float | None:
    """The best mean of `WINDOW` values in a row; None of fewer than `LEAST` values."""
    if len(values) < LEAST:
        return None
    windows = [
        fmean(values[at : at + WINDOW]) for at in range(len(values) - WINDOW + 1)
    ]
    return max(windows) if goal == "maximize" else min(windows)


def _named(trials: Sequence[Trial]) -> str:
    listed = ", ".join(str(trial.number) for trial in trials)
    return f"the configuration of trial{'s' if len(trials) > 1 else ''} {listed}"
