"""Curves smoothed by the mean of the latest epochs, for a choice that single lucky epochs mislead.

The best of thousands of noisy epochs is partly luck. The mean of a few epochs in a row is lifted
less, so that the configuration which it puts first is more often truly better
(`python -m benchmarks.final_choice`).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

WINDOW = 5  # values at most; longer ones lag behind a curve that still rises


def trailing_means(values: Sequence[float]) -> list[float]:
    """(n,), for each value the mean of it and those before it.

    Of `WINDOW` values, at the beginning of fewer: of half of all so far, rounded up, so that the
    first epochs of a rising curve do not lower those that follow. Nothing depends on later values.
    """
    means = []
    for at in range(len(values)):
        length = min(WINDOW, at // 2 + 1)
        means.append(fmean(values[at + 1 - length : at + 1]))
    return means
