"""Collapsed runs of each arm, reported as a separate result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sweep.report.evidence import Evidence, goal_of
from sweep.statistics.collapse import Collapses, collapses


def collapsed_runs(evidence: Evidence) -> dict[str, tuple[Collapses, tuple[int, ...]]]:
    """Return arm → its collapsed runs on the first metric, and their trials.

    With cross-validation a run is one seed on one fold.
    """
    metric = evidence.metrics[0]
    runs = {arm: evidence.runs(arm).dropna(subset=[metric]) for arm in evidence.arms}
    values = _padded([rows[metric].to_numpy() for rows in runs.values()])
    detected = collapses(values, goal_of(evidence.history, metric))
    by_arm = {}
    for (arm, rows), collapse in zip(runs.items(), detected, strict=True):
        trials = rows["trial"].to_numpy(dtype=np.int64)
        collapsed_trials = trials[list(collapse.runs)].tolist()
        by_arm[arm] = (collapse, tuple(sorted(collapsed_trials)))
    return by_arm


def _padded(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return columns of different lengths as one array, (longest, columns), filled with NaN."""
    longest = max(map(len, columns), default=0)
    array = np.full((longest, len(columns)), np.nan)
    for index, column in enumerate(columns):
        array[: len(column), index] = column
    return array
