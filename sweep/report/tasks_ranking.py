"""Ranks of arms over tasks, for the table over tasks and its figure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sweep.ablation import looks
from sweep.report.evidence import Evidence
from sweep.report.task_evidence import OverTasks
from sweep.statistics.task_ranks import (
    FEWEST_TASKS,
    CriticalDifference,
    average_ranks,
    critical_difference,
)

Array = npt.NDArray[np.float64]


def ranked_arms(over: OverTasks) -> tuple[str, ...]:
    """The arms with a run on every task, which can be ranked against each other."""
    is_complete = np.isfinite(over.means()).all(axis=0)
    columns = np.flatnonzero(is_complete)
    return tuple(over.arms[column] for column in columns)


def ranks_of(over: OverTasks) -> dict[str, float]:
    """Arm → its average rank; empty for fewer than two arms."""
    arms = ranked_arms(over)
    if len(arms) < 2:
        return {}
    ranks = average_ranks(_scores(over), over.goal)
    return dict(zip(arms, ranks, strict=True))


def critical(over: OverTasks, evidence: Evidence) -> CriticalDifference | None:
    """Ranks and pairwise tests of `ranked_arms`.

    None with fewer than six tasks, with fewer than two such arms, and for an ablation with looks.
    """
    if looks.is_sequential(evidence.history):
        return None
    if len(over.on) < FEWEST_TASKS or len(ranked_arms(over)) < 2:
        return None
    return critical_difference(_scores(over), over.goal, 1 - evidence.confidence)


def _scores(over: OverTasks) -> Array:
    """(tasks, ranked arms): the mean over the runs."""
    columns = [over.arms.index(arm) for arm in ranked_arms(over)]
    return over.means()[:, columns]
