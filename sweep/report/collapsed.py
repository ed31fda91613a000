"""Collapsed runs, as a result of their own."""

from __future__ import annotations

import numpy as np

from sweep.report.evidence import Evidence, goal_of
from sweep.statistics.collapse import Collapses, collapses


def collapsed_runs(evidence: Evidence) -> dict[str, tuple[Collapses, tuple[int, ...]]]:
    """Arm → its collapsed runs on the first metric, and their trials.

    With folds a run is a seed and a fold.
    """
    metric = evidence.metrics[0]
    runs = {arm: evidence.runs(arm).dropna(subset=[metric]) for arm in evidence.arms}
    most = max((len(rows) for rows in runs.values()), default=0)
    values = np.full((most, len(runs)), np.nan)
    for column, rows in enumerate(runs.values()):
        values[: len(rows), column] = rows[metric].to_numpy()
    found = collapses(values, goal_of(evidence.history, metric))
    named = {}
    for (arm, rows), collapse in zip(runs.items(), found, strict=True):
        trials = rows["trial"].to_numpy(dtype=np.int64)[list(collapse.runs)]
        named[arm] = (collapse, tuple(sorted(trials.tolist())))
    return named
