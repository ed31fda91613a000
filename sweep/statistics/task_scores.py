"""One score of each configuration over several tasks, whose metrics may have different scales.

A score is relative to the other configurations, and changes when configurations are added.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sweep.statistics.samples import Vector, finite_matrix


def mean_ranks(values: npt.ArrayLike) -> Vector:
    """Mean over tasks of each configuration's rank, from 1 for the smallest value (n,).

    The largest is best where the metric is maximised, the smallest where it is minimised, as with
    the values themselves. Equal values share their mean rank.

    Args:
        values: (configurations, tasks).

    Raises:
        UsageError: another shape, or a value that is not finite.
    """
    table = finite_matrix(values, "the values", "(configurations, tasks)")
    ranks = [_ranks(column) for column in table.T]
    return np.asarray(np.mean(ranks, axis=0), dtype=np.float64)


def mean_scaled(values: npt.ArrayLike) -> Vector:
    """Mean over tasks of each configuration's scaled value (n,).

    On each task the median is subtracted and the difference divided by the interquartile range, so
    that a diverged configuration does not determine the scale. If that range is 0, the full range
    is used. A task on which all values are equal contributes 0.

    Args:
        values: (configurations, tasks).

    Raises:
        UsageError: another shape, or a value that is not finite.
    """
    table = finite_matrix(values, "the values", "(configurations, tasks)")
    low, middle, high = np.quantile(table, (0.25, 0.5, 0.75), axis=0)
    spread = np.where(high > low, high - low, np.ptp(table, axis=0))
    scaled = np.divide(
        table - middle, spread, out=np.zeros_like(table), where=spread > 0
    )
    return np.asarray(np.mean(scaled, axis=1), dtype=np.float64)


def _ranks(column: Vector) -> Vector:
    """The ranks of a column, 1 for the smallest; ties share their mean rank."""
    _, index, counts = np.unique(column, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[index], dtype=np.float64)
