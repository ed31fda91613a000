"""Collapsed runs of each arm, reported as a separate result."""

from __future__ import annotations

import numpy as np

from sweep.report.evidence import Evidence, goal_of
from sweep.statistics.collapse import Collapses, collapses


def collapsed_runs(evidence: Evidence) -> dict[str, tuple[Collapses, tuple[int, ...]]]:
    """Arm → its collapsed runs on the first metric, and their trials.

    With cross-validation a run is one seed on one fold.
    """
    metric = evidence.metrics[0]
    runs = {arm: evidence.runs(arm).dropna(subset=[metric]) for arm in evidence.arms}
    longest = max((len(rows) for rows in runs.values()), default=0)
    values = np.full((longest, len(runs)), np.nan)
    for column, rows in enumerate(runs.values()):
        values[: len(rows), column] = rows[metric].to_numpy()
    detected = collapses(values, goal_of(evidence.history, metric))
    by_arm = {}
    for (arm, rows), collapse in zip(runs.items(), detected, strict=True):
        trials = rows["trial"].to_numpy(dtype=np.int64)
        collapsed_trials = trials[list(collapse.runs)].tolist()
        by_arm[arm] = (collapse, tuple(sorted(collapsed_trials)))
    return by_arm
