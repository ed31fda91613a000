"""Collapsed runs of each arm, reported as a separate result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sweep.report.evidence import Evidence, goal_of
from sweep.statistics.collapse import Collapses, collapses


def collapsed_runs(evidence: Evidence) -> dict[str, tuple[Collapses, tuple[int, ...]]]:
    """Return arm → its collapsed runs on the first metric, and their trials.

    With cross-validation a run is one seed on one fold.
    """
    metric = evidence.metrics[0]
    runs_by_arm: dict[str, pd.DataFrame] = {}
    values: list[NDArray[np.float64]] = []
    for arm in evidence.arms:
        runs = evidence.runs(arm).dropna(subset=[metric])
        runs_by_arm[arm] = runs
        values.append(runs[metric].to_numpy())

    goal = goal_of(evidence.history, metric)
    found = collapses(_padded(values), goal)

    by_arm = {}
    for (arm, runs), collapse in zip(runs_by_arm.items(), found, strict=True):
        trials = _trials_at(runs, collapse.runs)
        by_arm[arm] = (collapse, trials)
    return by_arm


def _trials_at(runs: pd.DataFrame, positions: Sequence[int]) -> tuple[int, ...]:
    """Return the trials of the runs at the given positions, in ascending order."""
    trials = runs["trial"].to_numpy(dtype=np.int64)
    chosen = trials[list(positions)]
    return tuple(sorted(chosen.tolist()))


def _padded(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return columns of different lengths as one array, (longest, columns), filled with NaN."""
    longest = max(map(len, columns), default=0)
    array = np.full((longest, len(columns)), np.nan)
    for index, column in enumerate(columns):
        length = len(column)
        array[:length, index] = column
    return array
