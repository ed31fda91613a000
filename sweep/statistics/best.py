"""Which arms may be the best: one-sided multiple comparisons with the best.

An arm is bold unless another is significantly better: t(other − arm) > t_{n−1}(1 − α/(K − 1)),
paired by seed. The best arm is then bold with probability at least 1 − α (Hsu 1981, "Simultaneous
confidence intervals for all distances from the best"; Bonferroni instead of a common variance).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy  # its parts are imported when they are used

from sweep.errors import UsageError
from sweep.statistics.paired import FEWEST_PAIRS
from sweep.statistics.same import same_runs

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Best:
    """Which arms may be the best.

    Attributes:
        bold: for each arm, whether it may be the best. All False if all arms may be.
        all_alike: whether no arm differs significantly from the best.
    """

    bold: tuple[bool, ...]
    all_alike: bool


def best(
    values: npt.ArrayLike,
    goal: Literal["maximize", "minimize"],
    *,
    confidence: float = 0.95,
    test_to_train: float | None = None,
) -> Best:
    """The arms that are not significantly worse than another, assuming normal differences.

    Two arms that share fewer than three seeds, or whose differences have no spread, are not
    distinguished.

    Args:
        values: (n, K), one row per seed, NaN where an arm has no run; K distinct configurations.
        goal: of the metric.
        confidence: that the best is bold.
        test_to_train: see `family.compare`.

    Returns:
        With fewer than two arms with a run: nothing bold, and not `all_alike`.

    Raises:
        UsageError: values that are not (n, K) or are infinite, or a confidence outside (0, 1).
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or np.isinf(array).any():
        raise UsageError(
            f"values of shape {array.shape}; allowed: (n, K), finite or NaN for no run"
        )
    if not 0 < confidence < 1:
        raise UsageError(
            f"confidence is {confidence}; it must lie between 0 and 1, such as 0.95"
        )
    better = array if goal == "maximize" else -array
    with_runs = np.flatnonzero(np.isfinite(better).any(axis=0)).tolist()
    if len(with_runs) < 2:
        return Best((False,) * array.shape[1], all_alike=False)
    level = (1 - confidence) / (len(with_runs) - 1)
    possible = set(with_runs)
    for arm in with_runs:
        for other in with_runs:
            if _beats(better[:, other], better[:, arm], level, test_to_train or 0.0):
                possible.discard(arm)
                break
    if len(possible) == len(with_runs):
        return Best((False,) * array.shape[1], all_alike=True)
    return Best(
        tuple(arm in possible for arm in range(array.shape[1])), all_alike=False
    )


def _beats(other: Array, arm: Array, level: float, test_to_train: float) -> bool:
    """Whether the other arm is greater, by a one-sided paired t-test at a level."""
    shared = np.isfinite(other) & np.isfinite(arm)
    n = int(shared.sum())
    if n < FEWEST_PAIRS or same_runs(other[shared], arm[shared]):
        return False
    differences = other[shared] - arm[shared]
    error = float(np.std(differences, ddof=1)) * math.sqrt(1 / n + test_to_train)
    critical = -float(scipy.special.stdtrit(n - 1, level))
    return float(np.mean(differences)) > critical * error
