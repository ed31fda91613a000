"""The configuration to choose at the end of a search whose single epochs are noisy.

The best of thousands of epochs is partly luck. Luck raises the mean of a few epochs in a row less
than a single epoch (`sweep.model.smoothing`; `python -m benchmarks.final_choice` measures it). The
search table gives the chosen configuration, the reason, and the choice of the other rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

from sweep.model.smoothing import WINDOW, trailing_means
from sweep.model.trial import Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.spec.schema import Metric

LEAST = 2 * WINDOW  # epochs; of a shorter trial a window covers most of the curve
LOOKED_AT = 50  # configurations, the best by the study's rule

# the selected value and the trials of each configuration
Ranked = Sequence[tuple[float, tuple[Trial, ...]]]


def final_choice(
    evidence: Evidence, ranked: Ranked
) -> tuple[str, tuple[int, ...]] | None:
    """Which configuration comes first by the mean of `WINDOW` epochs, as a sentence.

    The configuration's trials are returned with it.

    Args:
        evidence: of the study.
        ranked: complete configurations by the study's own rule (`report.select`), the best first.

    Returns:
        None where fewer than two configurations have curves of `LEAST` epochs.
    """
    spec = evidence.history.spec
    means = _by(ranked, spec.metric, trailing_means)
    if len(means) < 2:
        return None
    sign = 1.0 if spec.metric.goal == "maximize" else -1.0
    value, chosen = max(means, key=lambda entry: sign * entry[0])
    rule = f"the mean of {WINDOW} epochs in a row, which noise raises less than a single epoch"
    numbered = tuple(trial.number for trial in chosen)
    if spec.report.select == "smoothed":
        single, other = max(
            _by(ranked, spec.metric, list), key=lambda entry: sign * entry[0]
        )
        text = f"Final choice: {_named(chosen)} comes first by {rule} ({numbers.plain(value)})"
        if other == chosen:
            return f"{text}, and by its best epoch as well", numbered
        best = (
            f"by its best epoch it would be {_named(other)} ({numbers.plain(single)})"
        )
        return f"{text}; {best} (report.select: smoothed)", numbered
    first = ranked[0][1]
    if chosen == first:
        return f"Final choice: {_named(first)} also comes first by {rule}", numbered
    lead = f"Final choice: by {rule}, {_named(chosen)} comes first ({numbers.plain(value)})"
    others = [mean for mean, trials in means if trials == first]
    behind = f" ({numbers.plain(others[0])})" if others else ""
    select = spec.report.select
    why = f"not {_named(first)}{behind}, which is ranked first by its {select} epoch"
    return f"{lead}, {why} (report.select)", numbered


def _by(
    ranked: Ranked, metric: Metric, read: Callable[[Sequence[float]], Sequence[float]]
) -> list[tuple[float, tuple[Trial, ...]]]:
    """Each configuration's mean over trials of the best value that `read` makes of a curve.

    Configurations with a curve shorter than `LEAST` are left out.
    """
    best = max if metric.goal == "maximize" else min
    by_configuration: list[tuple[float, tuple[Trial, ...]]] = []
    for _, trials in ranked[:LOOKED_AT]:
        curves = [list(trial.curve(metric.name).values()) for trial in trials]
        if min(map(len, curves)) >= LEAST:
            mean = fmean(best(read(curve)) for curve in curves)
            by_configuration.append((mean, trials))
    return by_configuration


def _named(trials: Sequence[Trial]) -> str:
    """A configuration by its trials."""
    listed = ", ".join(str(trial.number) for trial in trials)
    return f"the configuration of trial{'s' if len(trials) > 1 else ''} {listed}"
