"""One number over several data sets, with the uncertainty of few runs.

Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical Precipice" (NeurIPS
2021), and its library rliable: the interquartile mean is as robust as the median and wastes less
data; the bootstrap resamples runs within each data set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.errors import UsageError

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A statistic over all runs and data sets with its percentile bootstrap interval."""

    value: float
    low: float
    high: float
    confidence: float
    resamples: int


def interquartile_mean(scores: npt.ArrayLike) -> float:
    """Mean of the middle half of all scores (runs, data sets) pooled, a quarter cut off at each
    end.

    The scores of different data sets must be on one scale (normalised by a reference) before they
    are pooled.
    """
    from scipy.stats import trim_mean  # loads slowly

    return float(trim_mean(_scores(scores), 0.25, axis=None))


def stratified_bootstrap(
    scores: npt.ArrayLike,
    statistic: Callable[[Scores], float] = interquartile_mean,
    *,
    confidence: float = 0.95,
    resamples: int = 2_000,
    seed: int = 0,
) -> Aggregate:
    """Percentile interval of `statistic`, runs drawn with replacement within each data set.

    Args:
        scores: (runs, data sets), on one scale.
        statistic: of an array (runs, data sets).
        confidence: of the interval.
        resamples: bootstrap samples; rliable's default is 50 000, which a table of two digits does
            not need.
        seed: of the resampling, so that a report is reproducible.

    Raises:
        UsageError: not two-dimensional, fewer than two runs, or a score that is not finite.
    """
    array = _scores(scores)
    if array.ndim != 2 or len(array) < 2:
        raise UsageError(
            f"scores of shape {array.shape}; a bootstrap over runs needs (runs, data sets) with at least 2 runs"
        )
    if not 0 < confidence < 1:
        raise UsageError(f"confidence is {confidence}; it must lie between 0 and 1, such as 0.95")
    rng = np.random.default_rng(seed)
    runs, sets = array.shape
    columns = np.arange(sets)
    values = [
        statistic(array[rng.integers(runs, size=(runs, sets)), columns]) for _ in range(resamples)
    ]
    low, high = np.quantile(values, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Aggregate(float(statistic(array)), float(low), float(high), confidence, resamples)


def _scores(scores: npt.ArrayLike) -> Scores:
    array = np.asarray(scores, dtype=np.float64)
    if not array.size or not np.isfinite(array).all():
        raise UsageError(
            "scores must be finite and at least one; leave out data sets that an arm has not finished"
        )
    return array
